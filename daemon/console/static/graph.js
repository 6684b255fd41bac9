// The graph of a run or a workflow: zoom, pan, fit, search, a small map, and selecting a box without leaving the page.
// The server has drawn it; this moves the view box and asks the server for the details of what is selected.

import { boxes, graph, HEIGHT, WIDTH } from "./boxes.js";
import { offerCopies, writeTimes } from "./page.js";

const viewport = document.querySelector("[data-viewport]");
const STEP = 1.25;
const MOST_MAPPED = 1500;
/** Below this scale nobody can read the words in a box, so they are not drawn. */
const READABLE = 0.22;
/** A graph begins at this scale at least, if all of it cannot be seen at once. */
const COMFORTABLE = 0.7;

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
  const all = [...boxes.values()];
  const isSparse = graph.hasAttribute("data-sparse");
  const near = new Set(isSparse ? all.filter((box) => box.element.hasAttribute("data-near")) : all);
  const map = document.querySelector("[data-minimap]");
  let frame;
  let area = { width: 0, height: 0 };
  let isPlanned = false;

  const size = () => area;
  const measure = () => { area = { width: viewport.clientWidth, height: viewport.clientHeight }; };
  const boxOf = (element) => boxes.get(element?.dataset.key);

  /** Draws what is looked at: once for each frame of the screen, however often the view changes in it. */
  function draw() {
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(() => {
      isPlanned = false;
      drawNow();
    });
  }

  /** Of a large graph only the boxes in sight and a little around it are shown to the browser at all. */
  function showNear() {
    const { width, height } = size();
    const left = view.x - 2 * WIDTH;
    const top = view.y - 4 * HEIGHT;
    const right = view.x + width / view.scale + WIDTH;
    const bottom = view.y + height / view.scale + 3 * HEIGHT;
    for (const box of all) {
      const isNear = box.x > left && box.x < right && box.y > top && box.y < bottom;
      if (isNear === near.has(box)) continue;
      if (isNear) near.add(box);
      else if (box.element === document.activeElement) continue;
      else near.delete(box);
      box.element.toggleAttribute("data-near", isNear);
    }
  }

  function drawNow() {
    const { width, height } = size();
    if (isSparse) showNear();
    graph.toggleAttribute("data-far", view.scale < READABLE);
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
    const scale = Math.min(3, Math.max(smallest(), view.scale * factor));
    view.x += px / view.scale - px / scale;
    view.y += py / view.scale - py / scale;
    view.scale = scale;
    draw();
  }

  /** Looks at a place, as far as the edges of the picture allow. */
  function centre(x, y) {
    const { width, height } = size();
    view.x = within(x, width / view.scale, whole.width);
    view.y = within(y, height / view.scale, whole.height);
    draw();
  }

  const within = (middle, seen, all) => (seen >= all ? (all - seen) / 2 : Math.min(Math.max(middle - seen / 2, 0), all - seen));

  /** The scale at which all is in sight. */
  const smallest = () => Math.min(1, size().width / whole.width, size().height / whole.height);

  function fit(least = 0) {
    const { width, height } = size();
    view.scale = Math.max(least, smallest());
    view.x = Math.min(0, (whole.width - width / view.scale) / 2);
    view.y = (whole.height - height / view.scale) / 2;
    if (height / view.scale < whole.height) view.y = 0;
    draw();
  }

  function show(box, scale = Math.max(view.scale, COMFORTABLE)) {
    view.scale = scale;
    centre(box.x + WIDTH / 2, box.y + HEIGHT / 2);
  }

  /** The same, also where the graph itself is not in sight. */
  function reveal(box) {
    show(box);
    viewport.scrollIntoView({ block: "nearest" });
  }

  // A graph that does not fit at a size that can be read starts where it begins, and the map says where one is.
  viewport.classList.add("moves");
  const scale = Math.max(COMFORTABLE, Math.min(1, viewport.clientWidth / whole.width));
  viewport.style.height = `${Math.round(Math.min(whole.height * scale, innerHeight * 0.68)) + 16}px`;
  graph.removeAttribute("width");
  graph.removeAttribute("height");
  measure();
  fit(COMFORTABLE);
  const isCut = whole.width * view.scale > size().width + 1 || whole.height * view.scale > size().height + 1;
  const chosen = boxOf(graph.querySelector('.box[aria-current="true"]'));
  const start = chosen ?? all.reduce((first, box) => (box.x < first.x || (box.x === first.x && box.y < first.y) ? box : first), all[0]);
  if (isCut && start) show(start);
  drawNow();
  requestAnimationFrame(() => {
    drawMap();
    draw();
  });
  new ResizeObserver(() => {
    measure();
    draw();
  }).observe(viewport);

  /** One path for each state, of all its boxes: a thousand small rectangles would cost as much as the graph. */
  function putMarks() {
    const found = new Map();
    for (const box of all) {
      const { state } = box.element.dataset;
      if (!found.has(state)) found.set(state, []);
      found.get(state).push(`M${box.x} ${box.y}h${WIDTH}v${HEIGHT}h${-WIDTH}z`);
    }
    for (const mark of map.querySelectorAll("[data-state]")) if (!found.has(mark.dataset.state)) mark.remove();
    for (const [state, places] of found) {
      let mark = map.querySelector(`[data-state="${state}"]`);
      if (!mark) {
        mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
        mark.dataset.state = state;
        map.prepend(mark);
      }
      mark.setAttribute("d", places.join(""));
    }
  }

  function drawMap() {
    if (all.length > MOST_MAPPED) return;
    const namespace = "http://www.w3.org/2000/svg";
    map.setAttribute("viewBox", `0 0 ${whole.width} ${whole.height}`);
    map.setAttribute("preserveAspectRatio", "xMidYMid meet");
    map.style.aspectRatio = `${whole.width} / ${whole.height}`;
    putMarks();
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
    hits = words ? all.filter((box) => box.key.toLowerCase().includes(words)) : [];
    hit = -1;
    const lit = new Set(hits);
    for (const box of all) box.element.toggleAttribute("data-dimmed", words !== "" && !lit.has(box));
    found.textContent = words ? `${hits.length} found` : "";
    if (hits.length) reveal(hits[0]);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !hits.length) return;
    event.preventDefault();
    hit = (hit + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
    reveal(hits[hit]);
    found.textContent = `${hit + 1} of ${hits.length}`;
    select(hits[hit].element);
  });

  const details = document.querySelector("[data-details]");
  let asked = 0;
  async function select(box) {
    if (box.dataset.kind === "group") {
      location.assign(box.href.baseVal);
      return;
    }
    await selectKey(box.dataset.key);
  }

  /** Selects a vertex by its key; in a folded graph it may have no box. */
  async function selectKey(key) {
    for (const other of graph.querySelectorAll('.box[aria-current="true"]')) other.removeAttribute("aria-current");
    boxes.get(key)?.element.setAttribute("aria-current", "true");
    keepQuery((query) => query.set("node", key));
    const mine = ++asked;
    const query = new URLSearchParams(location.search);
    query.set("key", key);
    const target = document.createElement("div");
    // A run has details without a page around them; a workflow's are cut out of its page.
    await putPart(details.hasAttribute("data-loads-page") ? `?${query}` : `${location.pathname}/node?${query}`, target);
    if (mine !== asked) return;
    details.replaceChildren(...target.childNodes);
    details.dispatchEvent(new CustomEvent("reglue:put", { bubbles: true }));
    // On a narrow screen the details stand below the graph.
    if (details.getBoundingClientRect().top > innerHeight - 120) details.scrollIntoView({ block: "nearest" });
  }

  graph.addEventListener("click", (event) => {
    const box = event.target.closest(".box");
    if (!box || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!drag?.moved) select(box);
  });

  // Arrow keys walk along the edges from the box that has the focus.
  graph.addEventListener("keydown", (event) => {
    const from = boxOf(event.target.closest(".box"));
    if (!from) return;
    const next = neighbour(from, event.key);
    if (!next) return;
    event.preventDefault();
    reveal(next);
    drawNow(); // what is not drawn cannot have the focus
    next.element.focus({ preventScroll: true });
  });
  graph.addEventListener("focusin", (event) => {
    const box = event.target.closest(".box");
    if (box?.matches(":focus-visible")) show(boxOf(box), view.scale);
  });

  function neighbour(box, key) {
    const linked = (from, to) => box.edges.filter((path) => path.dataset[from] === box.key)
      .map((path) => boxes.get(path.dataset[to])).filter(Boolean).sort((a, b) => a.y - b.y);
    if (key === "ArrowRight") return linked("source", "target")[0];
    if (key === "ArrowLeft") return linked("target", "source")[0];
    const column = all.filter((other) => Math.abs(other.x - box.x) < 10);
    column.sort((a, b) => a.y - b.y);
    if (key === "ArrowDown") return column[column.indexOf(box) + 1];
    if (key === "ArrowUp") return column[column.indexOf(box) - 1];
    return undefined;
  }

  // Live updates and the replay change states; the map follows.
  let isMapOld = false;
  document.addEventListener("reglue:state", () => {
    if (!frame || isMapOld) return;
    isMapOld = true;
    setTimeout(() => {
      isMapOld = false;
      putMarks();
    }, 200);
  });
  document.addEventListener("reglue:select", (event) => {
    const box = boxes.get(event.detail);
    if (box) reveal(box);
    selectKey(event.detail).then(() => details.scrollIntoView({ block: "nearest" }));
  });
}
