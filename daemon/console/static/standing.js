// How a run's graph stands, put on the boxes that are drawn: the live stream and the replay both say it in the server's
// words, and nothing is worked out here.

import { boxes, graph, markResume } from "./boxes.js";

const waiting = new Map();
const BUDGET_MILLIS = 6;
let isPlanned = false;

function setIcon(use, name) {
  const [file] = use.getAttribute("href").split("#");
  use.setAttribute("href", `${file}#${name}`);
}

/** Puts how a vertex looks on its box, if it has one: at the next frame, and those in sight first. What has not been put
    by the time that it looks otherwise again is passed over, so the newest look never waits for older ones. */
export function putVertex(key, shown) {
  if (!boxes.has(key)) return;
  waiting.set(key, shown);
  plan();
}

function plan() {
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(putWaiting);
}

function putWaiting() {
  isPlanned = false;
  const ends = performance.now() + BUDGET_MILLIS;
  const sight = graph.viewBox.baseVal;
  const isInSight = ({ x, y }) => x > sight.x - 220 && x < sight.x + sight.width && y > sight.y - 60 && y < sight.y + sight.height;
  for (const wanted of [isInSight, () => true]) {
    for (const [key, shown] of waiting) {
      if (!wanted(boxes.get(key))) continue;
      waiting.delete(key);
      put(key, shown);
      if (performance.now() > ends) {
        if (waiting.size) plan();
        return;
      }
    }
  }
}

/** An edge is marked when both its ends have come to something. */
function put(key, shown) {
  const { element: box, edges } = boxes.get(key);
  if (box.dataset.state !== shown.style) {
    box.dataset.state = shown.style;
    setIcon(box.querySelector(".state"), shown.style);
    for (const path of edges) {
      const ends = [boxes.get(path.dataset.source), boxes.get(path.dataset.target)];
      path.toggleAttribute("data-active", ends.every((end) => end && end.element.dataset.state !== "none"));
    }
    document.dispatchEvent(new CustomEvent("reglue:state", { detail: { key, state: shown.style } }));
  }
  const title = `${box.dataset.kind[0].toUpperCase()}${box.dataset.kind.slice(1)} ${key.slice(key.indexOf(":") + 1)}: ${shown.said}`;
  box.toggleAttribute("data-copied", shown.copied);
  markResume(box, "data-restarted", shown.restarted);
  box.toggleAttribute("data-resumable", shown.resumable);
  setText(box.querySelector(".note"), shown.note);
  if (box.getAttribute("aria-label") === title) return;
  setText(box.querySelector("title"), title);
  box.setAttribute("aria-label", title);
}

/** Changes the text that is there; a new text would be laid out anew from the beginning. */
function setText(element, text) {
  if (element.firstChild) {
    if (element.firstChild.data !== text) element.firstChild.data = text;
  } else {
    element.textContent = text;
  }
}

/** Whether a page draws the same boxes at the same places, with as many edges. */
export function isSameDrawing(page) {
  const made = [...page.querySelectorAll("[data-graph] .box")];
  const count = (root) => root.querySelectorAll("[data-graph] .edges path").length;
  return made.length === boxes.size && count(page) === count(document)
    && made.every((box) => boxes.get(box.dataset.key)?.element.getAttribute("transform") === box.getAttribute("transform"));
}

/** Puts the boxes of another drawing of the same graph on this one, as the server has drawn them. */
export function putBoxes(page) {
  waiting.clear();
  for (const made of page.querySelectorAll("[data-graph] .box")) {
    const old = boxes.get(made.dataset.key)?.element;
    if (!old) continue;
    old.dataset.state = made.dataset.state;
    old.querySelector(".state").setAttribute("href", made.querySelector(".state").getAttribute("href"));
    for (const name of ["data-copied", "data-resumable"]) old.toggleAttribute(name, made.hasAttribute(name));
    markResume(old, "data-restarted", made.hasAttribute("data-restarted"));
    for (const part of [".note", "title"]) old.querySelector(part).textContent = made.querySelector(part).textContent;
    old.setAttribute("aria-label", made.getAttribute("aria-label"));
  }
  for (const made of page.querySelectorAll("[data-graph] .edges path")) {
    const path = boxes.get(made.dataset.source)?.edges.find((one) => one.dataset.target === made.dataset.target);
    path?.toggleAttribute("data-active", made.hasAttribute("data-active"));
  }
}

/** Puts a run's counts on its bar; `parts` are style and word of each, in the order of the counts. */
export function putBar(counts, parts) {
  const place = document.querySelector("[data-statistics]");
  if (!place) return;
  const bar = place.querySelector(".statbar");
  const list = place.querySelector(".counts");
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  const shown = parts.map(([style, word], at) => ({ style, word, count: counts[at] })).filter((part) => part.count);
  let start = 0;
  bar.replaceChildren(...shown.map((part) => {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const width = part.count * 1000 / total;
    for (const [name, value] of [["x", start], ["y", 0], ["width", width], ["height", 10]]) rect.setAttribute(name, value);
    rect.dataset.state = part.style;
    start += width;
    return rect;
  }));
  bar.setAttribute("aria-label", shown.map((part) => `${part.count} ${part.word}`).join(", "));
  const [file] = document.querySelector(".brand use").getAttribute("href").split("#");
  list.replaceChildren(...shown.map((part) => {
    const item = document.createElement("li");
    item.dataset.state = part.style;
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.classList.add("icon");
    icon.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${file}#${part.style}`);
    icon.append(use);
    item.append(icon, `${part.count} ${part.word}`);
    return item;
  }));
}

/** Puts a run's outcome and status in its heading. */
export function putOutcome(outcome, status) {
  const badge = document.querySelector("[data-outcome] .badge");
  if (!badge) return;
  badge.dataset.state = outcome.style;
  setIcon(badge.querySelector("use"), outcome.style);
  badge.lastChild.nodeValue = outcome.word;
  document.querySelector("[data-status]").textContent = status;
}
