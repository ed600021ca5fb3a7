"""The overview: whether callers get their answers, how full the servers are, and which alerts fire."""

from panels import QUARTER, SERVERS, THIRD, UNARY, Panel, Query, quantiles, rate, share

CALLS = SERVERS + ', grpc_method=~"Classify|Score|Sample|ModelInfer|ModelStreamInfer"'
FAILED = CALLS + ', grpc_code=~"Unknown|Internal|Unavailable|DataLoss|DeadlineExceeded|ResourceExhausted"'
FIRING = 'sum by (alertname, severity) (ALERTS{alertstate="firing", job=~"$job|"}) or on () vector(0)'
BUDGET_LEFT = """clamp_min(
  1 - sum by (job) (sum_over_time(job:ebm_call_errors:rate5m{job=~"$job"}[30d]))
    / (sum by (job) (sum_over_time(job:ebm_calls:rate5m{job=~"$job"}[30d])) > 0)
    / scalar(ebm:availability_budget:ratio),
  0
)"""

STATE = [
    Panel(
        "Servers up",
        "Targets of the job that Prometheus can scrape (up). A server that is not in the scrape configuration, or that "
        "service discovery no longer finds, is missing here.",
        "short",
        [Query(f"count(up{{{SERVERS}}} == 1) or vector(0)", "up")],
        kind="number",
        width=QUARTER,
    ),
    Panel(
        "Error budget left, 30 days",
        "What is left of the share of calls that may fail (ebm:availability_budget:ratio), over the last 30 days or as "
        "long as the recorded rates go back. 0: all of it is used up. It needs the recording rules.",
        "percentunit",
        [Query(BUDGET_LEFT, "{{job}}")],
        kind="number",
        width=QUARTER,
        highest=1,
    ),
    Panel(
        "Alerts that fire",
        "Firing alerts of these jobs (ALERTS), and 0 if there is none. Alerts without a label job, such as that no "
        "server is known at all, count too.",
        "short",
        [Query(FIRING, "{{alertname}}")],
        kind="number",
        width=QUARTER,
    ),
    Panel(
        "Versions served",
        "Servers that serve each version of each model (ebm_model_info).",
        "short",
        [Query(f"count by (model, version) (ebm_model_info{{{SERVERS}}})", "{{model}} {{version}}")],
        kind="number",
        width=QUARTER,
    ),
]

CALLERS = [
    Panel(
        "Calls that arrive",
        "Calls that start, by method (grpc_server_started_total). Calls that gRPC refuses before a method runs are not "
        "in it; the dashboard of calls has them.",
        "reqps",
        [Query(rate("grpc_server_started_total", CALLS, "grpc_method"), "{{grpc_method}}")],
        kind="stacked",
        width=THIRD,
    ),
    Panel(
        "Share of calls that fail",
        "Calls that end with a code that the server answers for, such as Internal, Unavailable or ResourceExhausted, "
        "of all that end (grpc_server_handled_total). A stream counts when it ends.",
        "percentunit",
        [Query(share(rate("grpc_server_handled_total", FAILED, "job"), rate("grpc_server_handled_total", CALLS, "job")),
               "{{job}}")],
        width=THIRD,
    ),
    Panel(
        "Latency of unary calls",
        "Time from a call's start to its status in the server (grpc_server_handling_seconds), without the network. "
        "Quantiles are interpolated within buckets that are up to 2.5 times as wide as their lower bound.",
        "s",
        quantiles("grpc_server_handling_seconds", UNARY, "job", "{{job}}"),
        width=THIRD,
    ),
]

LOAD = [
    Panel(
        "Busy share of the compute threads",
        "Time that the compute threads spend on work, of the time that they have (ebm_worker_busy_seconds_total, "
        "ebm_workers). It can pass 1 by the jitter of scrapes.",
        "percentunit",
        [Query(f"rate(ebm_worker_busy_seconds_total{{{SERVERS}}}[$__rate_interval]) / ebm_workers{{{SERVERS}}}",
               "{{instance}}")],
        width=THIRD,
    ),
    Panel(
        "Wait for a worker, p99",
        "Time from a request's admission to its first chain or row in a worker, by model (ebm_queue_wait_seconds). "
        "Requests that are refused do not wait and are not in it.",
        "s",
        quantiles("ebm_queue_wait_seconds", SERVERS, "model", "{{model}}", wanted=(0.99,)),
        width=THIRD,
    ),
    Panel(
        "Calls that run",
        "Calls that have started and not ended, of all methods (grpc_server_started_total, grpc_server_handled_total). "
        "Open streams with slow readers are among them.",
        "short",
        [Query(f"clamp_min(sum by (instance) (grpc_server_started_total{{{SERVERS}}})"
               f" - sum by (instance) (grpc_server_handled_total{{{SERVERS}}}), 0)", "{{instance}}")],
        width=THIRD,
    ),
]

TITLE = "ebm-server / Overview"
DESCRIPTION = "Whether callers get their answers, how full the servers are, and which alerts fire."
UID = "ebm-server-overview"
ROWS = {"State": STATE, "Callers": CALLERS, "Load": LOAD}
WITH_MODELS = False
