// Picking the nodes to resume from: the check box in the details, the boxes of the table, and the marks in the graph are
// one set, which also stands in the page's address.

import { boxOf, keepQuery } from "./graph.js";

const bar = document.querySelector("[data-resume-bar]");
if (bar) {
  const picks = new Set(new URLSearchParams(location.search).getAll("pick"));
  const table = (key) => document.querySelector(`tr[data-row="${CSS.escape(key)}"] input[name="pick"]`);

  function put(key, on) {
    if (on) picks.add(key);
    else picks.delete(key);
    show();
  }

  function show() {
    for (const box of document.querySelectorAll(".box")) box.toggleAttribute("data-picked", picks.has(box.dataset.key));
    for (const check of document.querySelectorAll('input[name="pick"][type="checkbox"]')) check.checked = picks.has(check.value);
    bar.querySelector("[data-picks]").replaceChildren(...[...picks].map((key) => {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "pick";
      field.value = key;
      return field;
    }));
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
    if (table(box.dataset.key)?.disabled) return;
    event.preventDefault();
    put(box.dataset.key, !picks.has(box.dataset.key));
    boxOf(box.dataset.key)?.focus();
  });
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
  show();
}
