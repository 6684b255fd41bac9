// The form of a trigger: shows what its type has, and adds a row when the last one is filled in. Without this every part
// is there, and says for which type it counts.

const form = document.querySelector("[data-trigger-form]");
const type = form.elements.type;

function showParts() {
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(type.value);
}

for (const rows of form.querySelectorAll("[data-rows]")) {
  rows.addEventListener("input", () => {
    const last = rows.lastElementChild;
    if (!last.querySelector("input").value) return;
    const copy = last.cloneNode(true);
    for (const field of copy.querySelectorAll("input, textarea")) field.value = "";
    rows.append(copy);
  });
}

type.addEventListener("change", showParts);
showParts();
