// What happens, as it happens: one stream for the page, from where the page was rendered on. The browser takes it up
// again by the last event's id; what it says at the top is what is true of the stream now.

import { isFolded } from "./boxes.js";
import { paced, partsUrl, refresh } from "./parts.js";
import { putBoxes, putVertex } from "./standing.js";

const sign = document.querySelector("[data-live]");
const word = sign.querySelector("[data-live-word]");
const WORDS = { live: "live", reconnecting: "reconnecting…", stopped: "not live", replay: "replay" };
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

const isReplay = () => document.documentElement.hasAttribute("data-replay");

function say(next = state) {
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
  const table = document.querySelector("details.nodes[open]");
  const isFiltered = new URLSearchParams(location.search).get("state");
  const isShown = table && (whole || isFiltered || [...table.querySelectorAll("tr[data-row]")].some((row) => touched.has(row.dataset.row)));
  whole = false;
  touched.clear();
  await refresh(partsUrl(isShown) ?? location.href);
}, 300);

const redrawSoon = paced(async () => {
  if (isReplay()) return;
  const answer = await fetch(location.href);
  if (answer.ok) putBoxes(new DOMParser().parseFromString(await answer.text(), "text/html"));
}, 1500);

function changed(message) {
  heard = Date.now();
  last = message.lastEventId;
  const change = JSON.parse(message.data);
  document.dispatchEvent(new CustomEvent("reglue:change", { detail: change }));
  if (isReplay()) return;
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
    location.reload();
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
  const answer = await fetch(location.href);
  if (answer.ok && !isReplay()) putBoxes(new DOMParser().parseFromString(await answer.text(), "text/html"));
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
