// What a job writes, as it writes it: the page has the end of the log; this reads on from there, filters lines, and
// reloads the page's head when the job run has ended.

const toolbar = document.querySelector("[data-log-toolbar]");
const logs = [...document.querySelectorAll("[data-log]")];
const search = toolbar?.querySelector("[data-log-search]");
const follow = toolbar?.querySelector("[data-log-follow]");
const MOST_CHARACTERS = 4_000_000;

const texts = new Map(logs.map((log) => [log, log.textContent]));

/** Shows a log's text, or only the lines that hold the words looked for. */
function show(log) {
  const words = search.value.trim().toLowerCase();
  const text = texts.get(log);
  const lines = words ? text.split("\n").filter((line) => line.toLowerCase().includes(words)) : [];
  log.textContent = words ? lines.join("\n") : text;
  if (follow.checked) log.scrollTop = log.scrollHeight;
  return lines.length;
}

function showAll() {
  const found = logs.map(show).reduce((sum, count) => sum + count, 0);
  toolbar.querySelector("[data-log-found]").textContent = search.value.trim() ? `${found} lines` : "";
}

async function readOn(log) {
  const decoder = new TextDecoder();
  let offset = Number(log.dataset.offset);
  for (;;) {
    try {
      const answer = await fetch(`${log.dataset.log}&follow=1&offset=${offset}`);
      const reader = answer.body.getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        offset += piece.value.length;
        const text = texts.get(log) + decoder.decode(piece.value, { stream: true });
        texts.set(log, text.length > MOST_CHARACTERS ? text.slice(-MOST_CHARACTERS / 2) : text);
        show(log);
      }
      return;
    } catch {
      // The daemon went away; it reads the same log again when it is back.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

if (toolbar) {
  toolbar.hidden = false;
  search.addEventListener("input", showAll);
  for (const log of logs) log.scrollTop = log.scrollHeight;
  const running = logs.filter((log) => log.hasAttribute("data-under-way"));
  if (running.length) Promise.all(running.map(readOn)).then(() => location.reload());
}
