// Picking the nodes to resume from: the check box in the details, the boxes of the table, and the marks in the graph are
// one set, which also stands in the page's address.

import { boxes, markResume } from "./boxes.js";
import { keepQuery } from "./graph.js";

const bar = document.querySelector("[data-resume-bar]");
if (bar) {
  const picks = new Set(new URLSearchParams(location.search).getAll("pick"));
  let marked = new Set(picks);
  const table = (key) => document.querySelector(`tr[data-row="${CSS.escape(key)}"] input[name="pick"]`);

  function put(key, on) {
    if (on) picks.add(key);
    else picks.delete(key);
    show();
  }

  function fieldOf(key) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "pick";
    field.value = key;
    return field;
  }

  function show() {
    for (const key of new Set([...picks, ...marked])) {
      const box = boxes.get(key);
      if (box) markResume(box.element, "data-picked", picks.has(key));
    }
    marked = new Set(picks);
    for (const check of document.querySelectorAll('input[name="pick"][type="checkbox"]')) check.checked = picks.has(check.value);
    bar.querySelector("[data-picks]").replaceChildren(...[...picks].map(fieldOf));
    document.querySelector("[data-picked-elsewhere]")?.replaceChildren(...[...picks].filter((key) => !table(key)).map(fieldOf));
    bar.querySelector("[data-count]").textContent = `${picks.size} picked`;
    bar.hidden = picks.size === 0;
    keepQuery((query) => {
      query.delete("pick");
      for (const key of picks) query.append("pick", key);
    });
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches('input[name="pick"][type="checkbox"]')) put(event.target.value, event.target.checked);
  });
  bar.querySelector("[data-clear]").addEventListener("click", (event) => {
    event.preventDefault();
    picks.clear();
    show();
  });
  document.addEventListener("reglue:put", () => {
    for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
    show();
  });
  // R on a focused box picks it, as the check box does.
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.(".box[data-resumable]");
    if (!box || event.key.toLowerCase() !== "r" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!document.querySelector("[data-can-resume]")) return;
    event.preventDefault();
    put(box.dataset.key, !picks.has(box.dataset.key));
    box.focus();
  });
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
  show();
}
