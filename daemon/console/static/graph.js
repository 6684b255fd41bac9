// The graph of a run or a workflow: zoom, pan, fit, search, a small map, and selecting a box without leaving the page.
// The server has drawn it; this moves the view box and asks the server for the details of what is selected.

import { offerCopies, writeTimes } from "./page.js";

const viewport = document.querySelector("[data-viewport]");
const graph = viewport?.querySelector("[data-graph]");
const STEP = 1.25;
const MOST_MAPPED = 1500;

/** The box of a vertex, by its key. */
export function boxOf(key) {
  return graph?.querySelector(`.box[data-key="${CSS.escape(key)}"]`);
}

/** Asks for details and puts them into an element; the server has escaped every text in them. */
export async function putPart(url, target) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  target.replaceChildren(...(page.querySelector("[data-details]") ?? page.body).childNodes);
  writeTimes(target);
  offerCopies(target);
  target.dispatchEvent(new CustomEvent("reglue:put", { bubbles: true }));
  return answer.ok;
}

/** Changes the page's address to the same page with another query, without loading it. */
export function keepQuery(change) {
  const query = new URLSearchParams(location.search);
  change(query);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}

if (graph) {
  const whole = { width: graph.viewBox.baseVal.width, height: graph.viewBox.baseVal.height };
  const view = { x: 0, y: 0, scale: 1 };
  const boxes = [...graph.querySelectorAll(".box")];
  const map = document.querySelector("[data-minimap]");
  const marks = new Map();
  let frame;

  const size = () => ({ width: viewport.clientWidth, height: viewport.clientHeight });
  const placeOf = (box) => {
    const matrix = box.transform.baseVal[0].matrix;
    return { x: matrix.e, y: matrix.f };
  };

  function draw() {
    const { width, height } = size();
    graph.setAttribute("viewBox", `${view.x} ${view.y} ${width / view.scale} ${height / view.scale}`);
    if (frame) {
      frame.setAttribute("x", view.x);
      frame.setAttribute("y", view.y);
      frame.setAttribute("width", width / view.scale);
      frame.setAttribute("height", height / view.scale);
      map.toggleAttribute("hidden", width / view.scale >= whole.width && height / view.scale >= whole.height);
    }
  }

  function zoomAt(factor, px, py) {
    const scale = Math.min(3, Math.max(0.02, view.scale * factor));
    view.x += px / view.scale - px / scale;
    view.y += py / view.scale - py / scale;
    view.scale = scale;
    draw();
  }

  function centre(x, y) {
    const { width, height } = size();
    view.x = x - width / view.scale / 2;
    view.y = y - height / view.scale / 2;
    draw();
  }

  function fit(least = 0.02) {
    const { width, height } = size();
    view.scale = Math.max(least, Math.min(1, width / whole.width, height / whole.height));
    view.x = Math.min(0, (whole.width - width / view.scale) / 2);
    view.y = (whole.height - height / view.scale) / 2;
    if (height / view.scale < whole.height) view.y = 0;
    draw();
  }

  function show(box, scale = Math.max(view.scale, 0.7)) {
    const { x, y } = placeOf(box);
    view.scale = scale;
    centre(x + 100, y + 22);
  }

  /** The same, also where the graph itself is not in sight. */
  function reveal(box) {
    show(box);
    viewport.scrollIntoView({ block: "nearest" });
  }

  // A graph that does not fit at a size that can be read starts at its left, and the map says where one is.
  viewport.classList.add("moves");
  viewport.style.setProperty("--graph-height", `${Math.round(Math.min(whole.height, innerHeight * 0.68))}px`);
  graph.removeAttribute("width");
  graph.removeAttribute("height");
  drawMap();
  fit(0.45);
  const chosen = graph.querySelector('.box[aria-current="true"]');
  if (chosen && whole.width * view.scale > size().width + 1) show(chosen);
  new ResizeObserver(draw).observe(viewport);

  function drawMap() {
    if (boxes.length > MOST_MAPPED) return;
    const namespace = "http://www.w3.org/2000/svg";
    map.setAttribute("viewBox", `0 0 ${whole.width} ${whole.height}`);
    map.setAttribute("preserveAspectRatio", "xMidYMid meet");
    for (const box of boxes) {
      const { x, y } = placeOf(box);
      const mark = document.createElementNS(namespace, "rect");
      mark.setAttribute("x", x);
      mark.setAttribute("y", y);
      mark.setAttribute("width", 200);
      mark.setAttribute("height", 44);
      mark.dataset.state = box.dataset.state;
      marks.set(box.dataset.key, mark);
      map.append(mark);
    }
    frame = document.createElementNS(namespace, "rect");
    frame.classList.add("frame");
    map.append(frame);
    map.addEventListener("pointerdown", (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
      centre(point.x, point.y);
      event.preventDefault();
    });
  }

  viewport.addEventListener("wheel", (event) => {
    const corner = viewport.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      zoomAt(Math.exp(-event.deltaY / 300), event.clientX - corner.left, event.clientY - corner.top);
    } else if (whole.width * view.scale > size().width + 1 && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
      view.x += (event.deltaX || event.deltaY) / view.scale;
      draw();
    } else {
      return;
    }
    event.preventDefault();
  }, { passive: false });

  let drag;
  viewport.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("[data-minimap]")) return;
    drag = { x: event.clientX, y: event.clientY, from: { ...view }, moved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!drag) return;
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 5) return;
    drag.moved = true;
    viewport.classList.add("dragging");
    view.x = drag.from.x - dx / view.scale;
    view.y = drag.from.y - dy / view.scale;
    draw();
  });
  addEventListener("pointerup", () => {
    viewport.classList.remove("dragging");
    setTimeout(() => { drag = undefined; });
  });
  viewport.addEventListener("dragstart", (event) => event.preventDefault());

  const toolbar = document.querySelector("[data-toolbar]");
  toolbar.hidden = false;
  toolbar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (!button) return;
    const { width, height } = size();
    if (button.dataset.zoom === "fit") fit();
    else zoomAt(button.dataset.zoom === "in" ? STEP : 1 / STEP, width / 2, height / 2);
  });

  const find = toolbar.querySelector("[data-find]");
  const found = toolbar.querySelector("[data-found]");
  let hits = [];
  let hit = -1;
  find.addEventListener("input", () => {
    const words = find.value.trim().toLowerCase();
    hits = words ? boxes.filter((box) => box.dataset.key.toLowerCase().includes(words)) : [];
    hit = -1;
    for (const box of boxes) box.toggleAttribute("data-dimmed", words !== "" && !hits.includes(box));
    found.textContent = words ? `${hits.length} found` : "";
    if (hits.length) reveal(hits[0]);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !hits.length) return;
    event.preventDefault();
    hit = (hit + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
    reveal(hits[hit]);
    found.textContent = `${hit + 1} of ${hits.length}`;
    select(hits[hit]);
  });

  const details = document.querySelector("[data-details]");
  let asked = 0;
  async function select(box) {
    if (box.dataset.kind === "group") {
      location.assign(box.href.baseVal);
      return;
    }
    for (const other of graph.querySelectorAll('.box[aria-current="true"]')) other.removeAttribute("aria-current");
    box.setAttribute("aria-current", "true");
    keepQuery((query) => query.set("node", box.dataset.key));
    const mine = ++asked;
    const query = new URLSearchParams(location.search);
    query.set("key", box.dataset.key);
    const target = document.createElement("div");
    // A run has details without a page around them; a workflow's are cut out of its page.
    await putPart(details.hasAttribute("data-loads-page") ? `?${query}` : `${location.pathname}/node?${query}`, target);
    if (mine !== asked) return;
    details.replaceChildren(...target.childNodes);
    details.dispatchEvent(new CustomEvent("reglue:put", { bubbles: true }));
  }

  graph.addEventListener("click", (event) => {
    const box = event.target.closest(".box");
    if (!box || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!drag?.moved) select(box);
  });

  // Arrow keys walk along the edges from the box that has the focus.
  graph.addEventListener("keydown", (event) => {
    const from = event.target.closest(".box");
    if (!from) return;
    const next = neighbour(from, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    reveal(next);
  });
  graph.addEventListener("focusin", (event) => {
    const box = event.target.closest(".box");
    if (box?.matches(":focus-visible")) show(box, view.scale);
  });

  function neighbour(box, key) {
    const place = placeOf(box);
    const linked = (from, to) => [...graph.querySelectorAll(`.edges path[data-${from}="${CSS.escape(box.dataset.key)}"]`)]
      .map((path) => boxOf(path.dataset[to])).filter(Boolean).sort((a, b) => placeOf(a).y - placeOf(b).y);
    if (key === "ArrowRight") return linked("source", "target")[0];
    if (key === "ArrowLeft") return linked("target", "source")[0];
    const column = boxes.filter((other) => Math.abs(placeOf(other).x - place.x) < 10);
    column.sort((a, b) => placeOf(a).y - placeOf(b).y);
    if (key === "ArrowDown") return column[column.indexOf(box) + 1];
    if (key === "ArrowUp") return column[column.indexOf(box) - 1];
    return undefined;
  }

  // Live updates and the replay change states; the map follows.
  document.addEventListener("reglue:state", (event) => {
    const mark = marks.get(event.detail.key);
    if (mark) mark.dataset.state = event.detail.state;
  });
}
