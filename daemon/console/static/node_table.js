// The table of nodes: its pages are turned and its filter is used without leaving the page, and a row's name selects the
// node as its box does.

import { keepQuery } from "./graph.js";
import { partsUrl, refresh } from "./parts.js";

const panel = document.querySelector("details.nodes");
const FIELDS = ["find", "state", "page"];

panel?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.name !== "page") return;
  event.preventDefault();
  const form = event.target;
  keepQuery((query) => {
    for (const name of FIELDS) {
      const value = name === "page" ? button.value : form.elements[name]?.value ?? "";
      if (value && !(name === "page" && value === "1")) query.set(name, value);
      else query.delete(name);
    }
  });
  await refresh(partsUrl(true), true);
  panel.scrollIntoView({ block: "nearest" });
});
panel?.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-select]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  document.dispatchEvent(new CustomEvent("reglue:select", { detail: link.dataset.select }));
});
// While it was closed nobody kept it up to date.
let isStale = false;
for (const name of ["reglue:change", "reglue:replay"]) document.addEventListener(name, () => { if (!panel?.open) isStale = true; });
panel?.addEventListener("toggle", () => {
  if (!panel.open || !isStale) return;
  isStale = false;
  refresh(partsUrl(true)).catch(() => {});
});
