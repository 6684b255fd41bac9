// The bars of a run's timeline at a moment of it: the server has drawn every attempt with its two ends, and this cuts what
// is under way then and hides what comes later. How a node stood then is told by whoever asks.

import { took } from "./page.js";

const NARROWEST = 0.25;
let drawn;
let last = null;

function read() {
  const chart = document.querySelector("[data-chart]");
  if (!chart) return undefined;
  const number = (text) => (text ? Number(text) : Infinity);
  const labels = new Map([...chart.querySelectorAll("text[data-row]")].map((text) => [text.dataset.row, text]));
  const rows = new Map();
  const bars = [...chart.querySelectorAll("rect[data-from]")].map((element) => {
    const { row: key, from, to, final } = element.dataset;
    const bar = { element, key, from: number(from), to: number(to), final };
    if (final) rows.set(key, [...(rows.get(key) ?? []), bar]);
    return bar;
  });
  return { start: Number(chart.dataset.start), span: chart.dataset.end - chart.dataset.start, bars, rows, labels };
}

document.addEventListener("reglue:put", () => { drawn = undefined; });

function cut({ element, key, from, to, final }, moment, styleOf) {
  // What happened in one millisecond is told apart by how the node stands.
  const style = styleOf(key);
  const isLater = from > moment || style === "none";
  element.toggleAttribute("data-later", isLater);
  if (isLater) return;
  const width = (Math.min(to, moment) - from) * 100 / drawn.span;
  element.setAttribute("width", `${final ? Math.max(NARROWEST, width) : width}%`);
  if (!final) return;
  element.toggleAttribute("data-open", to > moment);
  element.dataset.state = to > moment ? style : final;
}

function label(key, moment) {
  const begun = drawn.rows.get(key).filter((bar) => !bar.element.hasAttribute("data-later"));
  const text = drawn.labels.get(key);
  text.toggleAttribute("data-later", begun.length === 0);
  const bar = begun.at(-1);
  if (!bar) return;
  const end = Math.min(bar.to, moment);
  text.setAttribute("x", `${(bar.from - drawn.start) * 100 / drawn.span + Math.max(NARROWEST, (end - bar.from) * 100 / drawn.span)}%`);
  text.textContent = took((end - bar.from) / 1000);
}

/** Shows the bars as of a moment in milliseconds; `styleOf` tells how a node stands then. Only bars that are under way at
    one of the moments between the last one and this are touched. */
export function putBars(moment, styleOf) {
  const isNew = drawn === undefined;
  drawn ??= read();
  if (!drawn) return;
  const [low, high] = isNew || last === null ? [-Infinity, Infinity] : [Math.min(last, moment), Math.max(last, moment)];
  last = moment;
  const rows = new Set();
  for (const bar of drawn.bars) {
    if (bar.from > high || bar.to < low) continue;
    cut(bar, moment, styleOf);
    if (bar.final) rows.add(bar.key);
  }
  for (const key of rows) label(key, moment);
}
