// The style of a report's page: the system's fonts, one accent colour for data and one for outliers that differ in
// lightness as well as in hue, and the reader's preference of light or dark.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_PAGE_STYLE_H_
#define EBM_MODEL_OFFLINE_EVALUATION_PAGE_STYLE_H_

namespace ebm {

inline constexpr char kPageStyle[] = R"css(
:root { --ink: #1d2327; --soft-ink: #566069; --paper: #ffffff; --rule: #d9dee3; --data: #2467a8; --outlier: #c8641b;
  --quiet: #aab4bd; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --soft-ink: #a3adb6; --paper: #15191c; --rule: #384048; --data: #6fb0ee; --outlier: #f0a263;
    --quiet: #5d6872; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1.25rem 4rem; color: var(--ink); background: var(--paper);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { max-width: 46rem; margin: .35rem 0 .75rem; }
.note { color: var(--soft-ink); font-size: .92rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; text-align: right; vertical-align: baseline; white-space: nowrap;
  border-bottom: 1px solid var(--rule); }
summary { cursor: pointer; color: var(--soft-ink); font-size: .92rem; }
th { font-weight: 600; }
th:first-child { text-align: left; }
tbody th { font-weight: 400; }
small { color: var(--soft-ink); font-size: .82em; }
img { max-width: 100%; height: auto; image-rendering: pixelated; border: 1px solid var(--rule); }
figure { margin: .75rem 0 1rem; }
figcaption { color: var(--soft-ink); font-size: .92rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
svg { max-width: 100%; height: auto; }
svg text { font: 11.5px system-ui, sans-serif; fill: var(--soft-ink); }
svg text.heading { fill: var(--ink); font-size: 13px; font-weight: 600; }
.data { fill: var(--data); stroke: none; }
.outlier { fill: var(--outlier); stroke: none; }
.quiet { fill: var(--quiet); }
.soft { fill-opacity: .45; stroke-width: 1.2; }
.data.soft { stroke: var(--data); }
.outlier.soft { stroke: var(--outlier); }
.axis { stroke: var(--soft-ink); }
.grid { stroke: var(--rule); }
.mark { stroke: var(--outlier); stroke-width: 2; }
.curve { fill: none; stroke: var(--data); stroke-width: 2; }
.diagonal { stroke: var(--ink); stroke-dasharray: 4 3; }
)css";

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_PAGE_STYLE_H_
