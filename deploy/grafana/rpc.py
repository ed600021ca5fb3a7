"""Calls: rates, codes, latencies, streams, and what gRPC refuses."""

from panels import SERVERS, THIRD, UNARY, Panel, Query, mean, quantiles, rate, share

STREAMS = SERVERS + ', grpc_type!="unary", grpc_method=~"Sample|ModelStreamInfer"'
# The minimum, because calls that are between the two counters at a scrape are in the difference for a moment.
REFUSED = (
    f"clamp_min(min_over_time((sum by (instance) (ebm_grpc_calls_started_total{{{SERVERS}}})"
    f" - sum by (instance) (grpc_server_started_total{{{SERVERS}}}))[2m:15s]), 0)"
)
OPEN_STREAMS = (
    f"clamp_min(sum by (instance, grpc_method) (grpc_server_started_total{{{STREAMS}}})"
    f" - sum by (instance, grpc_method) (grpc_server_handled_total{{{STREAMS}}}), 0)"
)

CALLS = [
    Panel(
        "Calls that end, by method and code",
        "Calls that end (grpc_server_handled_total), health checks and the management of models included. Methods and "
        "codes that do not occur are left out.",
        "reqps",
        [Query(rate("grpc_server_handled_total", SERVERS, "grpc_method, grpc_code") + " > 0",
               "{{grpc_method}} {{grpc_code}}")],
        kind="stacked",
        width=THIRD,
    ),
    Panel(
        "Calls that do not succeed, by code",
        "Calls that end with another code than OK (grpc_server_handled_total), those that are the caller's fault "
        "included.",
        "reqps",
        [Query(rate("grpc_server_handled_total", SERVERS + ', grpc_code!="OK"', "grpc_code"), "{{grpc_code}}")],
        kind="stacked",
        width=THIRD,
    ),
    Panel(
        "Calls that gRPC refused since the start",
        "Calls that gRPC refused before a method ran, such as one with too large a message: those that started, less "
        "those that reached a method (ebm_grpc_calls_started_total, grpc_server_started_total). No other panel counts "
        "them. New ones show after two minutes.",
        "short",
        [Query(REFUSED, "{{instance}}")],
        width=THIRD,
    ),
]

UNARY_CALLS = [
    Panel(
        "Latency of unary calls, by method",
        "p99 of the time from a call's start to its status (grpc_server_handling_seconds), without the network. "
        "Methods that were not called have no value.",
        "s",
        quantiles("grpc_server_handling_seconds", UNARY, "grpc_method", "{{grpc_method}}", wanted=(0.5, 0.99)),
        width=THIRD,
    ),
    Panel(
        "Mean latency of unary calls",
        "The mean, which no bucket rounds, by method (grpc_server_handling_seconds). A few slow calls move it as much "
        "as many that are a little slower.",
        "s",
        [Query(mean("grpc_server_handling_seconds", UNARY, "grpc_method"), "{{grpc_method}}")],
        width=THIRD,
    ),
    Panel(
        "Share of unary calls within 0.5 s",
        "The share that the objective of latency is about: 99 % (grpc_server_handling_seconds, whose bound 0.5 it is). "
        "Calls that fail fast count as fast.",
        "percentunit",
        [Query(share(rate("grpc_server_handling_seconds_bucket", UNARY + ', le="0.5"', "job"),
                     rate("grpc_server_handling_seconds_count", UNARY, "job")), "{{job}}")],
        width=THIRD,
        highest=1,
    ),
    Panel(
        "Latencies of unary calls",
        "Unary calls per second in each bucket of their latency (grpc_server_handling_seconds).",
        "s",
        [Query(rate("grpc_server_handling_seconds_bucket", UNARY, "le"), "{{le}}")],
        kind="heatmap",
        width=THIRD,
    ),
]

STREAM_CALLS = [
    Panel(
        "Length of streams",
        "Time from a stream's start to its end (grpc_server_handling_seconds): what its caller asked for, and the time "
        "of its reader. It is no latency; time to first frame, on the dashboard of the engine, is.",
        "s",
        quantiles("grpc_server_handling_seconds", STREAMS, "grpc_method", "{{grpc_method}}", wanted=(0.5, 0.99)),
        width=THIRD,
    ),
    Panel(
        "Open streams",
        "Streams that have started and not ended (grpc_server_started_total, grpc_server_handled_total).",
        "short",
        [Query(OPEN_STREAMS, "{{instance}} {{grpc_method}}")],
        width=THIRD,
    ),
    Panel(
        "Messages sent in streams",
        "Frames and answers sent in streams (grpc_server_msg_sent_total).",
        "mps",
        [Query(rate("grpc_server_msg_sent_total", STREAMS, "grpc_method"), "{{grpc_method}}")],
        width=THIRD,
    ),
    Panel(
        "File descriptors in use",
        "Open file descriptors of the process, of those that it may open (process_open_fds, process_max_fds). Each "
        "connection takes one. Beyond the limit, connections are closed.",
        "percentunit",
        [Query(f"process_open_fds{{{SERVERS}}} / process_max_fds{{{SERVERS}}}", "{{instance}}")],
        width=THIRD,
        highest=1,
    ),
    Panel(
        "Connections closed for lack of descriptors",
        "Connections that were closed at once (ebm_shed_connections_total).",
        "cps",
        [Query(rate("ebm_shed_connections_total", SERVERS, "instance"), "{{instance}}")],
        width=THIRD,
    ),
]

TITLE = "ebm-server / Calls"
DESCRIPTION = "Calls by method and status code, their latencies, streams, and what gRPC refuses."
UID = "ebm-server-rpc"
ROWS = {"Calls": CALLS, "Unary calls": UNARY_CALLS, "Streams and connections": STREAM_CALLS}
WITH_MODELS = False
