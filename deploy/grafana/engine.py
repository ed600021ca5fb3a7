"""The sampling engine: queues, tiles, steps, throughput, and the resources of the process."""

from panels import MODELS, SERVERS, THIRD, Panel, Query, quantiles, rate

BY = "model, version"
NAME = "{{model}} {{version}}"


def gauge(metric: str, name: str) -> Query:
    return Query(f"sum by ({BY}) ({metric}{{{MODELS}}})", f"{name} {NAME}")


QUEUES = [
    Panel(
        "Requests and rows that wait",
        "Requests that no worker has started, and rows that wait for a worker (ebm_queue_depth, ebm_queued_rows). "
        "Gauges are read once per scrape: a queue that comes and goes between scrapes does not show.",
        "short",
        [gauge("ebm_queue_depth", "requests"), gauge("ebm_queued_rows", "rows")],
        width=THIRD,
    ),
    Panel(
        "Wait for a worker",
        "Time from a request's admission to its first chain or row in a worker (ebm_queue_wait_seconds).",
        "s",
        quantiles("ebm_queue_wait_seconds", MODELS, BY, NAME),
        width=THIRD,
    ),
    Panel(
        "Time to first frame",
        "Time from a Sample request's admission to its first frame (ebm_time_to_first_frame_seconds): the wait, and "
        "the steps up to the first frame, which the caller chooses.",
        "s",
        quantiles("ebm_time_to_first_frame_seconds", MODELS, BY, NAME),
        width=THIRD,
    ),
    Panel(
        "Requests refused",
        "Requests that were not accepted, by reason (ebm_refused_requests_total). `share` is a caller's own, and no "
        "error of the server.",
        "reqps",
        [Query(rate("ebm_refused_requests_total", MODELS, "reason"), "{{reason}}")],
        kind="stacked",
        width=THIRD,
    ),
    Panel(
        "Requests broken off",
        "Accepted requests that ended without their whole answer, by reason (ebm_cancelled_requests_total).",
        "reqps",
        [Query(rate("ebm_cancelled_requests_total", MODELS, "reason"), "{{reason}}")],
        kind="stacked",
        width=THIRD,
    ),
]

TILES = [
    Panel(
        "Chains",
        "Chains in workers' slots, chains that wait for a slot, and chains that wait for a slow reader, of all servers "
        "(ebm_running_chains, ebm_ready_chains, ebm_parked_chains), as they are at each scrape.",
        "short",
        [gauge("ebm_running_chains", "running"), gauge("ebm_ready_chains", "ready"),
         gauge("ebm_parked_chains", "parked")],
        width=THIRD,
    ),
    Panel(
        "Slots in use",
        "Running chains of the slots of all workers (ebm_tile_occupancy_ratio), as they are at each scrape.",
        "percentunit",
        [Query(f"avg by ({BY}) (ebm_tile_occupancy_ratio{{{MODELS}}})", NAME)],
        width=THIRD,
        highest=1,
    ),
    Panel(
        "Fill of a tile",
        "Median number of chains in a step, and of rows in a tile (ebm_batch_chains, ebm_batch_rows). Full tiles use "
        "the processor best. Quantiles are interpolated between bounds that are powers of 2 for the most part.",
        "short",
        [*quantiles("ebm_batch_chains", MODELS, BY, f"chains {NAME}", wanted=(0.5,)),
         *quantiles("ebm_batch_rows", MODELS, BY, f"rows {NAME}", wanted=(0.5,))],
        width=THIRD,
    ),
    Panel(
        "Duration of a step",
        "One step of one worker's chains (ebm_step_duration_seconds). Steps below 0.1 ms are all in the first bucket.",
        "s",
        quantiles("ebm_step_duration_seconds", MODELS, BY, NAME, wanted=(0.5, 0.99)),
        width=THIRD,
    ),
    Panel(
        "Duration of a tile of rows",
        "Evaluation of one tile of rows (ebm_rows_duration_seconds). Below 0.1 ms, all are in the first bucket.",
        "s",
        quantiles("ebm_rows_duration_seconds", MODELS, BY, NAME, wanted=(0.5, 0.99)),
        width=THIRD,
    ),
    Panel(
        "Time since the last step",
        "Time since a worker finished a step of chains or a tile of rows (ebm_last_step_timestamp_seconds). It grows "
        "while there is no work; it is a fault only while chains run or requests wait.",
        "s",
        [Query(f"clamp_min(time() - max by ({BY}) (ebm_last_step_timestamp_seconds{{{MODELS}}}), 0)", NAME)],
        width=THIRD,
    ),
]

THROUGHPUT = [
    Panel(
        "Steps of chains",
        "Steps of all chains per second (ebm_chain_steps_total).",
        "ops",
        [Query(rate("ebm_chain_steps_total", MODELS, BY), NAME)],
        width=THIRD,
    ),
    Panel(
        "Rows",
        "Rows evaluated per second, those that complete missing values and explanations included "
        "(ebm_rows_evaluated_total).",
        "rowsps",
        [Query(rate("ebm_rows_evaluated_total", MODELS, BY), NAME)],
        width=THIRD,
    ),
    Panel(
        "Busy share of the compute threads",
        "Time that the compute threads spend on work, of the time that they have (ebm_worker_busy_seconds_total, "
        "ebm_workers).",
        "percentunit",
        [Query(f"rate(ebm_worker_busy_seconds_total{{{SERVERS}}}[$__rate_interval]) / ebm_workers{{{SERVERS}}}",
               "{{instance}}")],
        width=THIRD,
    ),
]

PROCESS = [
    Panel(
        "Time stopped by the limit of CPUs",
        "Time for which the control group stopped the server's threads, of the compute threads' time "
        "(ebm_cgroup_throttled_seconds_total, ebm_workers). 0 also where there is no limit.",
        "percentunit",
        [Query(f"rate(ebm_cgroup_throttled_seconds_total{{{SERVERS}}}[$__rate_interval]) / ebm_workers{{{SERVERS}}}"
               f" or 0 * ebm_workers{{{SERVERS}}}", "{{instance}}")],
        width=THIRD,
    ),
    Panel(
        "Memory",
        "Resident memory of the process, and what of it requests hold (process_resident_memory_bytes, "
        "ebm_request_memory_bytes). The server has no metric of its container's limit.",
        "bytes",
        [Query(f"process_resident_memory_bytes{{{SERVERS}}}", "resident {{instance}}"),
         Query(f"ebm_request_memory_bytes{{{SERVERS}}}", "requests {{instance}}")],
        width=THIRD,
    ),
    Panel(
        "Memory for requests in use",
        "What requests hold, of what they may hold (ebm_request_memory_bytes, ebm_request_memory_limit_bytes). At the "
        "limit, requests are refused.",
        "percentunit",
        [Query(f"ebm_request_memory_bytes{{{SERVERS}}} / ebm_request_memory_limit_bytes{{{SERVERS}}}", "{{instance}}")],
        width=THIRD,
        highest=1,
    ),
]

TITLE = "ebm-server / Sampling engine"
DESCRIPTION = "Queues, tiles, steps and throughput of the engine, and the resources of its process."
UID = "ebm-server-engine"
ROWS = {"Queues": QUEUES, "Tiles": TILES, "Throughput": THROUGHPUT, "Process": PROCESS}
WITH_MODELS = True
