// What happens, as it happens: one stream for the page, from where the page was rendered on. The browser takes it up
// again by the last event's id; what it says at the top is what is true of the stream now.

import { isFolded } from "./boxes.js";
import { paced, pageOf, partsUrl, putParts, refresh } from "./parts.js";
import { isSameDrawing, putBoxes, putVertex } from "./standing.js";

const sign = document.querySelector("[data-live]");
const word = sign.querySelector("[data-live-word]");
const WORDS = { live: "live", reconnecting: "reconnecting…", stopped: "not live", replay: "replay", old: "out of date" };
const SILENCE_MILLIS = 40_000;
const AGAIN_MILLIS = 5_000;

let source;
let last = sign.dataset.after;
let state = "reconnecting";
let again;
let heard = Date.now();
let status;
const touched = new Set();
let whole = false;
let isRedefined = false;
let began = 0;

const isReplay = () => document.documentElement.hasAttribute("data-replay");

function say(next = state) {
  if (state === "old") return;
  state = next;
  const shown = isReplay() ? "replay" : state;
  sign.hidden = false;
  if (sign.dataset.live === shown) return;
  sign.dataset.live = shown;
  word.textContent = WORDS[shown];
}

/** What the page shows beside the graph is asked for; its table only where that is open and shows what has changed. */
const refreshSoon = paced(async () => {
  if (isReplay()) return;
  if (document.querySelector("[data-design]")) {
    await lookAtDesign();
    return;
  }
  const table = document.querySelector("details.nodes[open]");
  const isFiltered = new URLSearchParams(location.search).get("state");
  const isShown = table && (whole || isFiltered || [...table.querySelectorAll("tr[data-row]")].some((row) => touched.has(row.dataset.row)));
  whole = false;
  touched.clear();
  await refresh(partsUrl(isShown) ?? location.href);
}, 300);

/** The graph of a workflow changes with its definition alone; its runs show in the heading, which every tab has. */
async function lookAtDesign() {
  if (!isRedefined) {
    await refresh("?tab=details");
    return;
  }
  isRedefined = false;
  const page = await pageOf(location.href);
  if (!page) return;
  const isSame = isSameDrawing(page);
  if (isSame) putBoxes(page);
  else document.querySelector("[data-redrawn]").hidden = false;
  putParts(page);
}

const redrawSoon = paced(async () => {
  if (isReplay()) return;
  const page = await pageOf(location.href);
  if (page) putBoxes(page);
}, 1500);

/** On a later page of the history new runs do not come into the list; a link says that they are there. */
function tellBegan() {
  const notice = document.querySelector("[data-new-runs]");
  if (!notice) return;
  began += 1;
  notice.querySelector("a").textContent = `${began} new ${began === 1 ? "run" : "runs"}`;
  notice.hidden = false;
}

/** Whether somebody has begun to fill in a form: to load the page anew would lose it. */
function isWriting() {
  const fields = [...document.querySelectorAll("main form :is(input, textarea, select)")];
  return fields.some((field) => {
    if (field.matches('[type="hidden"], [name="pick"]')) return false;
    if (field.matches('[type="checkbox"], [type="radio"]')) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected && field.value !== field.options[0].value);
    return field.value !== field.defaultValue;
  });
}

/** What the page shows is of another log, or too old to be brought forward. */
function beginAnew() {
  if (!isWriting()) {
    location.reload();
    return;
  }
  say("old");
  const link = document.createElement("a");
  link.href = "";
  link.textContent = "load the page anew";
  word.replaceChildren("out of date, what you have written is kept: ", link);
}

function changed(message) {
  heard = Date.now();
  last = message.lastEventId;
  const change = JSON.parse(message.data);
  document.dispatchEvent(new CustomEvent("reglue:change", { detail: change }));
  if (change.began) tellBegan();
  if (isReplay()) return;
  if (change.run === null) isRedefined = true;
  if (change.vertex) {
    putVertex(change.vertex.key, change.vertex);
    touched.add(change.vertex.key);
    if (isFolded) redrawSoon();
  }
  // When a run begins to stop or ends, other things can be done with every node of it.
  if (change.status !== status && status !== undefined) whole = true;
  status = change.status;
  refreshSoon();
}

function open() {
  clearTimeout(again);
  source?.close();
  heard = Date.now();
  source = new EventSource(`${sign.dataset.stream}&after=${last}`);
  source.addEventListener("open", () => {
    heard = Date.now();
    say("live");
  });
  source.addEventListener("change", changed);
  source.addEventListener("beat", (message) => {
    heard = Date.now();
    last = message.lastEventId;
  });
  source.addEventListener("reset", (message) => {
    last = message.lastEventId;
    beginAnew();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      say("stopped");
      again = setTimeout(open, AGAIN_MILLIS);
    } else {
      say("reconnecting");
    }
  });
}

function close() {
  clearTimeout(again);
  source?.close();
  source = undefined;
}

/** Everything on the page as it is now: after a replay, when what came meanwhile was passed over. */
async function catchUp() {
  whole = true;
  refreshSoon();
  if (!document.querySelector("[data-graph]")) return;
  const page = await pageOf(location.href);
  if (page && !isReplay()) putBoxes(page);
}

addEventListener("pagehide", close);
addEventListener("pageshow", (event) => { if (event.persisted) open(); });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else if (!source) open();
});
document.addEventListener("reglue:replay", (event) => {
  say();
  if (!event.detail.on) catchUp();
});
// A connection can be dead without anybody having said so: a beat comes every 15 seconds.
setInterval(() => {
  if (source && Date.now() - heard > SILENCE_MILLIS) {
    say("reconnecting");
    open();
  }
}, 5_000);
if (sign.hasAttribute("data-refresh-seconds")) setInterval(() => { if (source) refreshSoon(); }, 1000 * sign.dataset.refreshSeconds);
say();
if (!document.hidden) open();
