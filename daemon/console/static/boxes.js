// The boxes of the graph that the server has drawn, with their places: read once, for whoever moves or changes them.

export const graph = document.querySelector("[data-graph]");
export const WIDTH = Number(graph?.dataset.boxWidth);
export const HEIGHT = Number(graph?.dataset.boxHeight);

/** By key: the element, the left upper corner, and the paths that begin or end there. */
export const boxes = new Map();

for (const element of graph?.querySelectorAll(".box") ?? []) {
  const [x, y] = element.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  boxes.set(element.dataset.key, { key: element.dataset.key, element, x, y, edges: [] });
}
for (const path of graph?.querySelectorAll(".edges path") ?? []) {
  boxes.get(path.dataset.source)?.edges.push(path);
  boxes.get(path.dataset.target)?.edges.push(path);
}

/** Whether the graph is drawn with groups: then a vertex may have no box, and the server is asked for the groups. */
export const isFolded = graph?.querySelector('.box[data-kind="group"]') != null;

/** Shows or takes away the sign of resuming; few boxes have one, so the others have no element for it. */
export function markResume(element, name, on) {
  if (element.hasAttribute(name) === on) return;
  element.toggleAttribute(name, on);
  if (!on || element.querySelector(".resume-badge")) return;
  const namespace = "http://www.w3.org/2000/svg";
  const badge = document.createElementNS(namespace, "g");
  badge.classList.add("resume-badge");
  badge.setAttribute("aria-hidden", "true");
  const circle = document.createElementNS(namespace, "circle");
  for (const [key, value] of [["cx", WIDTH - 10], ["cy", 3], ["r", 10]]) circle.setAttribute(key, value);
  const use = document.createElementNS(namespace, "use");
  const [file] = element.querySelector(".state").getAttribute("href").split("#");
  for (const [key, value] of [["href", `${file}#resume`], ["x", WIDTH - 16], ["y", -3], ["width", 12], ["height", 12]]) use.setAttribute(key, value);
  badge.append(circle, use);
  element.append(badge);
}
