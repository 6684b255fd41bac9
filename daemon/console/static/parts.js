// Puts what the server has rendered anew into the page that is open: element by element, so that what has the focus, what
// was opened and where one has scrolled to stay as they are.

import { offerCopies, writeTimes } from "./page.js";

const keyOf = (node) => node.nodeType === Node.ELEMENT_NODE ? node.dataset.part ?? node.dataset.key ?? "" : "";

function attributes(old, made) {
  for (const { name } of [...old.attributes]) {
    // What a script has opened or shown is not the server's business.
    if (name !== "open" && name !== "hidden" && !made.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of made.attributes) {
    if (name !== "open" && name !== "hidden" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/** Makes `old` say what `made` says. */
export function sync(old, made) {
  if (old.nodeType !== made.nodeType || old.nodeName !== made.nodeName || keyOf(old) !== keyOf(made)) {
    old.replaceWith(made);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== made.nodeValue) old.nodeValue = made.nodeValue;
    return;
  }
  attributes(old, made);
  if (old.matches("time, [data-since]") && old.textContent) {
    if (old.title) old.removeAttribute("title");
    old.textContent = made.textContent;
    return;
  }
  const before = [...old.childNodes];
  const after = [...made.childNodes];
  after.forEach((node, at) => {
    if (at < before.length) sync(before[at], node);
    else old.append(node);
  });
  for (const node of before.slice(after.length)) node.remove();
}

/** Where the parts of a run's page are asked for, as its address has it; the table of nodes where it is wanted. Undefined
    on a page that is asked for as a whole. */
export function partsUrl(withTable) {
  const url = document.querySelector("[data-parts]")?.dataset.parts;
  const query = new URLSearchParams(location.search);
  if (withTable) query.set("table", "1");
  return url && `${url}?${query}`;
}

/** Asks the server for a page and puts its parts (`data-part`) in place of the open page's; not where somebody is
    writing, unless it is `forced`. */
export async function refresh(url, forced = false) {
  const page = await pageOf(url);
  if (page) putParts(page, forced);
  return page !== null;
}

/** What the server says at an address, as a document of its own; null where it refuses. */
export async function pageOf(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** Puts the parts of a page in place of the open page's. */
export function putParts(page, forced = false) {
  let changed = false;
  for (const made of [...page.querySelectorAll("[data-part]")]) {
    const old = document.querySelector(`[data-part="${CSS.escape(made.dataset.part)}"]`);
    if (!old || (!forced && old.contains(document.activeElement?.closest("input:not([type=checkbox]), textarea, select")))) continue;
    sync(old, document.adoptNode(made));
    changed = true;
  }
  if (changed) {
    writeTimes();
    offerCopies();
    document.dispatchEvent(new CustomEvent("reglue:put"));
  }
}

/** Calls `work` soon and never twice at a time; the slower it is, the longer the pause after it. */
export function paced(work, pause) {
  let wanted = false;
  let busy = false;
  async function run() {
    busy = true;
    while (wanted) {
      wanted = false;
      const began = performance.now();
      try {
        await work();
      } catch {
        // The daemon went away; when it is back, the stream says what to ask for.
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(pause, 4 * (performance.now() - began))));
    }
    busy = false;
  }
  return () => {
    wanted = true;
    if (!busy) run();
  };
}
