"""Quality of the models, and drift of their traffic against the validation rows of their checkpoints."""

from panels import MODELS, SERVERS, THIRD, Panel, Query, mean, rate, share

BY = "model, version"
NAME = "{{model}} {{version}}"
RECORDED = 'job=~"$job", model=~"$model", version=~"$version"'


def share_up_to(metric: str, bound: str) -> str:
    """The share of rows whose figure is at most the bound, one of the histogram's. Prometheus 3 writes 1 as 1.0."""
    up_to = f'{MODELS}, le=~"{bound}|{bound}[.]0"'
    return share(rate(f"{metric}_bucket", up_to, BY), rate(f"{metric}_count", MODELS, BY))


DRIFT = [
    Panel(
        "Rows in the lowest percents",
        "The share of rows less probable than all but 1 % and 5 % of the validation rows (ebm_row_percentile). Traffic "
        "like the training data shows 1 % and 5 %. With few rows it is noisy; the alert waits for 300 in 10 minutes.",
        "percentunit",
        [Query(share_up_to("ebm_row_percentile", bound), f"up to {bound} % {NAME}") for bound in ("1", "5")],
        width=THIRD,
        highest=1,
    ),
    Panel(
        "Distance from the validation rows",
        "The largest difference between the distribution of the rows' percentiles over an hour and the even one, at "
        "the deciles (model:ebm_row_percentile:distance1h). It needs the recording rules. EbmServerDrift fires above "
        "0.2.",
        "percentunit",
        [Query(f"max by ({BY}) (model:ebm_row_percentile:distance1h{{{RECORDED}}})", NAME)],
        width=THIRD,
        highest=1,
    ),
    Panel(
        "Rows up to three deciles of the validation rows",
        "The share of rows at or below percentiles 10, 50 and 90 (ebm_row_percentile); traffic like the validation "
        "rows shows 10 %, 50 % and 90 %.",
        "percentunit",
        [Query(share_up_to("ebm_row_percentile", bound), f"up to {bound} % {NAME}") for bound in ("10", "50", "90")],
        width=THIRD,
        highest=1,
    ),
    Panel(
        "Percentiles of ln p~",
        "Rows per second in each bucket of their percentile among the validation rows (ebm_row_percentile). The "
        "buckets are finer at the low end.",
        "none",
        [Query(rate("ebm_row_percentile_bucket", MODELS, "le"), "{{le}}")],
        kind="heatmap",
        width=THIRD,
    ),
    Panel(
        "Largest class probability",
        "Rows per second in each bucket of their largest class probability, at temperature 1 (ebm_row_max_softmax). "
        "Models of one class have none.",
        "none",
        [Query(rate("ebm_row_max_softmax_bucket", MODELS, "le"), "{{le}}")],
        kind="heatmap",
        width=THIRD,
    ),
    Panel(
        "Mean of the largest class probability",
        "How sure the model is of its classes, on average (ebm_row_max_softmax). Rows unlike the training data may get "
        "sure answers, too; look at the percentiles first.",
        "percentunit",
        [Query(mean("ebm_row_max_softmax", MODELS, BY), NAME)],
        width=THIRD,
        highest=1,
    ),
]

ANSWERS = [
    Panel(
        "Rows flagged at a false positive rate of 5 %",
        "The share of rows with a conformal p-value of at most 0.05 (ebm_row_p_value), of the rows whose request asked "
        "for p-values; 5 % is expected. No value if none asked, or if the model has no calibration.",
        "percentunit",
        [Query(share_up_to("ebm_row_p_value", "0.05"), NAME)],
        width=THIRD,
        highest=1,
    ),
    Panel(
        "Share of chains that diverge",
        "Chains whose state became non-finite, of those that ended (ebm_diverged_chains_total, ebm_samples_total). "
        "Chains of requests that were broken off are not in it.",
        "percentunit",
        [Query(share(rate("ebm_diverged_chains_total", MODELS, BY),
                     f'{rate("ebm_samples_total", MODELS, BY)} + {rate("ebm_diverged_chains_total", MODELS, BY)}'),
               NAME)],
        width=THIRD,
    ),
    Panel(
        "Rows answered",
        "Rows of Classify and Score with a percentile (ebm_row_percentile): how much traffic the shares above "
        "speak of.",
        "rowsps",
        [Query(rate("ebm_row_percentile_count", MODELS, BY), NAME)],
        width=THIRD,
    ),
]

VERSIONS = [
    Panel(
        "Models",
        "What each server serves (ebm_model_info): the family of networks, the data and the recipe of training.",
        "none",
        [Query(f"sum by (instance, model, version, family, data, recipe) (ebm_model_info{{{MODELS}}})", NAME)],
        kind="table",
    ),
    Panel(
        "Loads of models in the last hour",
        "Loads that ended, by outcome (ebm_model_loads_total). Servers of a repository count them; one that serves a "
        "single checkpoint has no value. The first load of a model after the server's start does not show as a rise.",
        "short",
        [Query(f'sum by (model, outcome) (increase(ebm_model_loads_total{{{SERVERS}, model=~"$model"}}[1h]))',
               "{{model}} {{outcome}}")],
    ),
]

TITLE = "ebm-server / Model quality and drift"
DESCRIPTION = "How the traffic of each model compares with its validation rows, and how its answers turn out."
UID = "ebm-server-quality"
ROWS = {"Drift": DRIFT, "Answers": ANSWERS, "Models": VERSIONS}
WITH_MODELS = True
