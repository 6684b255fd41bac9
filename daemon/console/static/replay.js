// The slider: moves through a run's events. The server says what each event assigned to which box; this lays the
// assignments over the picture, forwards or back, and asks for the rest of the page when one has come to rest.

import { putBars } from "./bars.js";
import { isFolded } from "./boxes.js";
import { keepQuery } from "./graph.js";
import { exactTime } from "./page.js";
import { paced, pageOf, partsUrl, refresh } from "./parts.js";
import { putBoxes, putBar, putOutcome, putVertex } from "./standing.js";

const panel = document.querySelector("[data-replay]");
const slider = panel?.querySelector("[data-slider]");
const REST_MILLIS = 200;

/** The frames that have been read, and what each vertex was given by which. */
class History {
  constructor(url) {
    this.url = url;
    this.frames = [];
    this.first = new Map();
    this.given = new Map();
    this.after = 0;
    this.parts = [];
    this.more = undefined;
  }

  /** Reads on to the end of what there is; who asks meanwhile waits for the same. */
  read() {
    this.more ??= this.readOn().finally(() => { this.more = undefined; });
    return this.more;
  }

  async readOn() {
    for (let next = this.after; next !== null;) {
      const answer = await fetch(`${this.url}?after=${next}`);
      if (!answer.ok) throw new Error(`${answer.status}`);
      const page = await answer.json();
      this.parts = page.parts;
      for (const [vertex, look] of page.beginning) this.first.set(page.vertices[vertex], page.looks[look]);
      for (const [number, sequence, time, by, text, vertex, look, counts, status, outcome] of page.frames) {
        const key = vertex < 0 ? null : page.vertices[vertex];
        this.frames.push({ number, sequence, time, by, text, key, shown: page.looks[look], counts, status, outcome: page.outcomes[outcome] });
        if (key === null) continue;
        if (!this.given.has(key)) this.given.set(key, []);
        this.given.get(key).push(this.frames.length - 1);
      }
      this.after = this.frames.at(-1)?.sequence ?? 0;
      next = page.next;
    }
  }

  /** How a vertex looked after a frame. */
  lookAt(key, frame) {
    const given = this.given.get(key) ?? [];
    let low = 0;
    let high = given.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (given[middle] <= frame) low = middle + 1;
      else high = middle;
    }
    return low ? this.frames[given[low - 1]].shown : this.first.get(key);
  }
}

if (slider) {
  const history = new History(panel.dataset.frames);
  const place = panel.querySelector("[data-place]");
  const play = panel.querySelector("[data-play]");
  const speed = panel.querySelector("[data-speed]");
  const now = panel.querySelector("[data-now]");
  const chart = () => document.querySelector("[data-chart]");
  let shownAt = null;
  let timer;
  let rest;

  slider.hidden = play.hidden = speed.hidden = false;

  /** Shows the moment after a frame, by its number from 0. */
  function show(at) {
    const frame = history.frames[at];
    const from = shownAt;
    shownAt = at;
    const keys = new Set();
    if (from === null) {
      for (const key of history.first.keys()) keys.add(key);
    } else {
      for (let i = Math.min(from, at) + 1; i <= Math.max(from, at); i++) {
        if (history.frames[i].key !== null) keys.add(history.frames[i].key);
      }
    }
    for (const key of keys) {
      const look = history.lookAt(key, at);
      if (look && (from === null || look !== history.lookAt(key, from))) putVertex(key, look);
    }
    putBar(frame.counts, history.parts);
    putOutcome(frame.outcome, frame.status);
    tell(frame);
    putMoment(frame);
    slider.value = at + 1;
    slider.setAttribute("aria-valuetext", `event ${at + 1} of ${history.frames.length}: ${frame.text}`);
    now.hidden = false;
    if (!document.documentElement.hasAttribute("data-replay")) {
      document.documentElement.setAttribute("data-replay", "");
      document.dispatchEvent(new CustomEvent("reglue:replay", { detail: { on: true } }));
    }
    clearTimeout(rest);
    rest = setTimeout(restSoon, REST_MILLIS);
  }

  function tell(frame) {
    const number = document.createElement("strong");
    number.textContent = `Event ${frame.number} of ${history.frames.length}`;
    place.replaceChildren(number, ` · ${exactTime(frame.time)} · ${frame.text}`);
  }

  /** Marks the moment, and draws the bars as of then. */
  function putMoment(frame) {
    const drawn = chart();
    const mark = drawn?.querySelector("[data-moment]");
    if (!mark) return;
    const { start, end } = drawn.dataset;
    const x = Math.min(100, Math.max(0, (new Date(frame.time) - start) * 100 / (end - start)));
    mark.removeAttribute("hidden");
    for (const name of ["x1", "x2"]) mark.querySelector("line").setAttribute(name, `${x}%`);
    putBars(new Date(frame.time).getTime(), (key) => history.lookAt(key, shownAt)?.style ?? "running");
  }

  /** What a script does not move through: details, table, the critical path. */
  const restSoon = paced(async () => {
    if (shownAt === null) return;
    const { sequence } = history.frames[shownAt];
    keepQuery((query) => query.set("at", sequence));
    if (isFolded) {
      const page = await pageOf(location.href);
      if (page && shownAt !== null) putBoxes(page);
    }
    if (shownAt === null) return;
    await refresh(partsUrl(document.querySelector("details.nodes[open]") !== null) ?? location.href);
    if (shownAt !== null) {
      putBar(history.frames[shownAt].counts, history.parts);
      putMoment(history.frames[shownAt]);
    }
  }, 100);

  function backToNow() {
    halt();
    clearTimeout(rest);
    shownAt = null;
    keepQuery((query) => query.delete("at"));
    document.documentElement.removeAttribute("data-replay");
    now.hidden = true;
    tellNow();
    document.querySelector("[data-moment]")?.setAttribute("hidden", "");
    document.dispatchEvent(new CustomEvent("reglue:replay", { detail: { on: false } }));
  }

  function tellNow() {
    slider.value = slider.max;
    slider.removeAttribute("aria-valuetext");
    const count = document.createElement("span");
    count.className = "muted";
    count.textContent = `${slider.max} events: step back to see how it went`;
    place.replaceChildren(count);
  }

  async function ready() {
    if (history.frames.length < Number(slider.max)) {
      if (shownAt === null) place.replaceChildren("reading the events…");
      try {
        await history.read();
      } catch {
        if (shownAt === null) place.replaceChildren("The events cannot be read now: the daemon does not answer. Try again in a moment.");
        return false;
      }
      slider.max = Math.max(slider.max, history.frames.length);
    }
    return history.frames.length > 0;
  }

  async function go(number) {
    if (await ready()) show(Math.min(history.frames.length, Math.max(1, number)) - 1);
  }

  function halt() {
    clearInterval(timer);
    timer = undefined;
    setPlay("play", "Play");
  }

  function setPlay(icon, label) {
    const use = play.querySelector("use");
    use.setAttribute("href", `${use.getAttribute("href").split("#")[0]}#${icon}`);
    play.setAttribute("aria-label", label);
  }

  async function start() {
    if (!await ready()) return;
    if (shownAt === null || shownAt >= history.frames.length - 1) show(0);
    setPlay("pause", "Pause");
    const began = performance.now();
    const from = shownAt;
    timer = setInterval(() => {
      const to = from + Math.floor((performance.now() - began) / 1000 * speed.value);
      if (to > shownAt) show(Math.min(to, history.frames.length - 1));
      if (shownAt >= history.frames.length - 1) halt();
    }, 1000 / Math.min(30, speed.value));
  }

  // A drag says where it is more often than the screen is drawn: only the last place before each frame is shown.
  let isDragged = false;
  slider.addEventListener("input", () => {
    halt();
    if (isDragged) return;
    isDragged = true;
    requestAnimationFrame(() => {
      isDragged = false;
      go(Number(slider.value));
    });
  });
  play.addEventListener("click", () => { if (timer) halt(); else start(); });
  speed.addEventListener("change", () => { if (timer) { halt(); start(); } });
  now.addEventListener("click", (event) => { event.preventDefault(); backToNow(); });
  for (const step of panel.querySelectorAll("[data-step]")) {
    step.addEventListener("click", async (event) => {
      event.preventDefault();
      halt();
      if (await ready()) go((shownAt ?? history.frames.length) + 1 + Number(step.dataset.step) - (shownAt === null ? 1 : 0));
    });
    step.removeAttribute("aria-disabled");
  }
  // The keys of players, wherever one is on the page but where one writes: comma and full stop step, space plays.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, select")) return;
    if (event.key === "," || event.key === ".") panel.querySelector(`[data-step="${event.key === "," ? -1 : 1}"]`).click();
    else if (event.key === "Escape" && shownAt !== null) backToNow();
    else if (event.key === " " && event.target === slider) play.click();
    else return;
    event.preventDefault();
  });
  // More has happened: the slider gets longer. One who looks at an earlier moment stays there.
  const readOn = paced(async () => {
    await ready();
    if (shownAt !== null) tell(history.frames[shownAt]);
  }, 500);
  document.addEventListener("reglue:change", (event) => {
    slider.max = Math.max(slider.max, event.detail.version);
    if (shownAt !== null) readOn();
    else tellNow();
  });

  const asked = new URLSearchParams(location.search).get("at");
  if (asked) {
    ready().then((is) => {
      if (!is) return;
      const at = history.frames.findLastIndex((frame) => frame.sequence <= Number(asked));
      if (at >= 0) show(at);
    });
  }
}
