// What every page has: moments written as the reader likes them, running clocks, buttons that copy an id.

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** A duration in seconds as the server writes it (daemon/console/words.py, `took`). */
export function took(seconds) {
  if (seconds < 0.9995) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const place = UNITS.findIndex(([, size]) => whole >= size);
  const [large, size] = UNITS[place];
  const [small, part] = UNITS[Math.min(place + 1, UNITS.length - 1)];
  const rest = Math.floor((whole % size) / part);
  const text = `${Math.floor(whole / size)} ${large}`;
  return rest && small !== large ? `${text} ${rest} ${small}` : text;
}

function ago(moment, now) {
  const seconds = (now - moment) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  if (seconds < 0) return `in ${-seconds < 60 ? `${Math.round(-seconds)} s` : took(-seconds)}`;
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? UNITS.at(-1);
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A moment to the millisecond, for where "5 minutes ago" says too little. */
export function exactTime(moment) {
  if (document.documentElement.dataset.times !== "local") return `${moment.slice(0, 10)} ${moment.slice(11, 23)} UTC`;
  return `${local.format(new Date(moment))} (.${moment.slice(20, 23)})`;
}

/** Writes every moment below `root` as the page's preference says; the whole moment is its title. */
export function writeTimes(root = document) {
  const style = document.documentElement.dataset.times;
  const now = Date.now();
  for (const element of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    if (!element.title) element.title = `${local.format(moment)}\n${element.dateTime}`;
    if (style === "relative") element.textContent = ago(moment, now);
    else if (style === "local") element.textContent = local.format(moment);
  }
  for (const element of root.querySelectorAll("[data-since]")) {
    element.textContent = took(Math.max(0, now - new Date(element.dataset.since)) / 1000);
  }
}

/** Shows the buttons that copy, which need scripts. */
export function offerCopies(root = document) {
  for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1500);
});

// What grows to the right is looked at from its newest end.
for (const wide of document.querySelectorAll("[data-at-end]")) wide.scrollLeft = wide.scrollWidth;

writeTimes();
offerCopies();
setInterval(writeTimes, 1000);
