// A chart of days by uPlot, loaded with the first one; the same cells as the table under it. Colours are the page's own.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";

const HEIGHT = 220;
const tokens = () => {
  const style = getComputedStyle(document.documentElement);
  // A token is light-dark(..) until something paints with it.
  const probe = document.createElement("i");
  document.body.append(probe);
  const paint = (name) => ((probe.style.color = `var(${name})`), getComputedStyle(probe).color);
  const found = Object.fromEntries(["--accent-strong", "--late", "--quiet", "--line", "--bad"].map((name) => [name, paint(name)]));
  probe.remove();
  return { ...found, font: `12px ${style.fontFamily}` };
};

/** series: [{name, label, color, bars?, dash?}] by column name; `format` is that of the column. */
export function Chart({ table, series, title, format, mark }) {
  const place = useRef(null);
  const [shown, setShown] = useState(null);
  const [failed, setFailed] = useState(false);
  const at = (name) => table.columns.findIndex((one) => one.name === name);
  const kind = (name) => table.columns[at(name)].kind;
  const days = table.rows.map((row) => row[0]);

  useEffect(() => {
    let chart;
    let over = false;
    const draw = (uPlot) => {
      chart?.destroy();
      chart = new uPlot(optionsOf(uPlot, { series, days, mark, width: place.current.clientWidth, kind, format, setShown }), dataOf(), place.current);
    };
    const dataOf = () => [days.map((_, n) => n), ...series.map((one) => table.rows.map((row) => row[at(one.name)])), ...(mark ? [days.map(() => mark)] : [])];
    let stop = () => {};
    import("../vendor/uplot.js").then(
      ({ default: uPlot }) => {
        if (over) return;
        draw(uPlot);
        stop = watch(place.current, () => chart.setSize({ width: place.current.clientWidth, height: HEIGHT }), () => draw(uPlot));
      },
      () => setFailed(true), // the table has it all
    );
    return () => ((over = true), stop(), chart?.destroy());
  }, [table]);

  if (failed || !days.length) return null;
  const row = shown === null ? null : table.rows[shown];
  return html`
    <figure class="chart">
      <div role="img" aria-label=${title} ref=${place}></div>
      <figcaption>
        ${row && html`<b>${format.cell(row[0], "day")}</b>`}
        ${series.map((one) => html`<span class=${`key ${one.color.slice(2)}`} key=${one.name}>${one.label}${row && html` <b>${format.cell(row[at(one.name)], kind(one.name))}</b>`}</span>`)}
      </figcaption>
    </figure>
  `;
}

function optionsOf(uPlot, { series, days, mark, width, kind, format, setShown }) {
  const colors = tokens();
  const step = Math.max(1, Math.ceil(days.length / Math.max(2, Math.floor(width / 90))));
  const axis = { stroke: colors["--quiet"], font: colors.font, grid: { stroke: colors["--line"], width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: true } },
    scales: { x: { time: false, range: [-0.6, days.length - 0.4] }, y: { range: (_chart, _low, high) => [0, (high || 1) * 1.08] } },
    axes: [
      { ...axis, grid: { show: false }, splits: () => days.map((_, n) => n).filter((n) => n % step === 0), values: (_chart, at) => at.map((n) => format.shortDay(days[n])) },
      { ...axis, size: 76, values: (_chart, at) => at.map((value) => format.cell(value, kind(series[0].name))) },
    ],
    series: [
      {},
      ...series.map((one) => ({
        stroke: colors[one.color],
        width: one.bars ? 0 : 2,
        fill: one.bars ? colors[one.color] : undefined,
        paths: one.bars ? uPlot.paths.bars({ size: [0.62, 46], radius: 0.12 }) : undefined,
        points: { show: !one.bars && days.length < 40, size: 5, fill: colors[one.color] },
        spanGaps: true,
      })),
      ...(mark ? [{ stroke: colors["--bad"], width: 1, dash: [6, 5], points: { show: false } }] : []),
    ],
    hooks: { setCursor: [(chart) => setShown(chart.cursor.idx ?? null)] },
  };
}

/** onSize when the place is another width, onLook when the page turns dark or light. */
function watch(place, onSize, onLook) {
  const sizes = new ResizeObserver(onSize);
  sizes.observe(place);
  const looks = new MutationObserver(onLook);
  looks.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", onLook);
  return () => (sizes.disconnect(), looks.disconnect(), dark.removeEventListener("change", onLook));
}
