"use strict";
// One sound at a time. Versions of an item share a playhead: whichever plays, starts where the last
// one was. Nothing is fetched, so that the page also works from a file.

const AT_END_S = 0.02; // this close to the end, the next play starts at the beginning

// In the order of the page, an entry an item: title, duration and, by method, scores by metric.
const data = JSON.parse(document.getElementById("data").textContent);
const items = [...document.querySelectorAll(".item")].map((element, place) => ({
  element,
  duration: Number(data.items[place].duration),
  scores: data.items[place].scores,
  place,
  position: 0,
  chosen: 0,
  versions: [...element.querySelectorAll(".version")].map((version) => ({
    element: version,
    audio: version.querySelector("audio"),
    button: version.querySelector(".play"),
  })),
  seek: element.querySelector(".seek"),
  time: element.querySelector(".time"),
  toggle: element.querySelector(".toggle"),
  title: data.items[place].title,
  trouble: element.querySelector(".trouble"),
}));
const repeat = document.getElementById("repeat");
let present = items[0];
let playing = null; // {item, version}

function show(item) {
  const share = Math.min(1, item.position / item.duration);
  item.element.style.setProperty("--at", share);
  item.seek.value = Math.round(share * 1000);
  const text = `${item.position.toFixed(2)} of ${item.duration.toFixed(2)}`;
  item.seek.setAttribute("aria-valuetext", `${text} seconds`);
  item.time.textContent = `${text} s`;
}

function mark() {
  for (const item of items) {
    item.element.classList.toggle("present", item === present);
    const plays = playing !== null && playing.item === item;
    item.toggle.textContent = plays ? "Pause" : "Play";
    item.toggle.setAttribute("aria-label", `${item.toggle.textContent} ${item.title}`);
    item.versions.forEach((version, i) => {
      version.element.classList.toggle("chosen", i === item.chosen);
      version.button.setAttribute("aria-pressed", plays && playing.version === version);
    });
  }
}

function pause() {
  if (playing === null) return;
  const { item, version } = playing;
  playing = null;
  item.position = version.audio.currentTime;
  version.audio.pause();
  show(item);
  mark();
}

function choose(item, number) {
  present = item;
  item.chosen = number;
  // All versions, so that a change of version is heard at once.
  for (const version of item.versions) version.audio.preload = "auto";
}

// Start what plays. Chromium sometimes cannot seek near the end of a file that it still loads, and
// gives the file up: then it is loaded once more, and only then sought in.
async function start(mine, position, isAgain) {
  const { item, version } = mine;
  const audio = version.audio;
  audio.currentTime = item.position = position;
  try {
    await audio.play();
  } catch (error) {
    if (playing !== mine) return; // another version was chosen before this one began
    if (audio.error !== null && !isAgain) {
      const loaded = new Promise((resolve) => {
        for (const name of ["canplay", "error"]) audio.addEventListener(name, resolve, { once: true });
      });
      audio.load();
      audio.currentTime = 0;
      await loaded;
      if (playing === mine) await start(mine, position, true);
      return;
    }
    playing = null;
    item.trouble.textContent = `This sound cannot be played: ${error.message}`;
    mark();
  }
}

function play(item, number) {
  const version = item.versions[number];
  if (playing !== null && playing.version === version) return;
  pause();
  choose(item, number);
  if (item.position > item.duration - AT_END_S) item.position = 0;
  version.audio.loop = repeat.checked;
  const mine = { item, version };
  playing = mine;
  item.trouble.textContent = "";
  start(mine, item.position, false);
  mark();
  requestAnimationFrame(follow);
}

function toggle(item, number) {
  const same = playing !== null && playing.version === item.versions[number];
  if (same) pause();
  else play(item, number);
}

function follow() {
  if (playing === null) return;
  const { item, version } = playing;
  // Before the start position is reached, an element reports 0.
  if (version.audio.readyState > 0 && !version.audio.seeking) {
    item.position = version.audio.currentTime;
    show(item);
  }
  requestAnimationFrame(follow);
}

function moveTo(item, share) {
  item.position = share * item.duration;
  if (playing !== null && playing.item === item) playing.version.audio.currentTime = item.position;
  show(item);
}

for (const item of items) {
  item.versions.forEach((version, number) => {
    version.button.addEventListener("click", () => toggle(item, number));
    version.element.querySelector(".picture").addEventListener("click", (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      moveTo(item, (event.clientX - box.left) / box.width);
      play(item, number);
    });
    version.audio.addEventListener("ended", () => {
      if (playing === null || playing.version !== version) return;
      pause();
      item.position = 0;
      show(item);
    });
  });
  item.toggle.addEventListener("click", () => toggle(item, item.chosen));
  item.seek.addEventListener("input", () => moveTo(item, item.seek.value / 1000));
  for (const touched of ["focusin", "pointerdown"]) {
    item.element.addEventListener(touched, () => {
      present = item;
      mark();
    });
  }
  show(item);
}

repeat.addEventListener("change", () => {
  if (playing !== null) playing.version.audio.loop = repeat.checked;
});

// The digit of a key, 0 for others. Where digits need shift, as in France, the key's place counts;
// but a number pad without Num Lock moves.
function digit(event) {
  if (/^[1-9]$/.test(event.key)) return Number(event.key);
  const place = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  return place !== null && event.key.length === 1 ? Number(place[1]) : 0;
}

// Focus a version's button; the page stays, unless nothing of the item is seen.
function focusOn(item, number) {
  const button = item.versions[number].button;
  button.focus({ preventScroll: true });
  const { top, bottom } = item.element.getBoundingClientRect();
  if (bottom < 0 || top > window.innerHeight) button.scrollIntoView({ block: "center" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const number = digit(event);
  if (number > 0) {
    if (number > present.versions.length) return;
    event.preventDefault();
    if (event.repeat) return;
    play(present, number - 1);
    focusOn(present, number - 1); // space then pauses this one
  } else if (event.key === " " && !event.target.matches("button, select, input[type=checkbox]")) {
    event.preventDefault(); // also of a held key, which would scroll
    if (!event.repeat) toggle(present, present.chosen);
  } else if (event.key === "Enter" && event.repeat && event.target.matches("button")) {
    event.preventDefault();
  }
});

document.querySelectorAll(".set").forEach((section, number) => {
  const [metric, method, direction] = section.querySelectorAll(".sort select");
  const list = section.querySelector(".items");
  const mine = items.filter((item) => section.contains(item.element));
  const sort = () => {
    pause(); // a sound that is moved in the document stops
    const column = metric.selectedIndex - 1; // none is the first
    const sign = (data.higher_is_better[number][column] ? -1 : 1) * (direction.selectedIndex ? -1 : 1);
    const value = (item) => item.scores[method.selectedIndex][column];
    const compare = (a, b) => {
      if (column < 0) return a.place - b.place;
      const [first, second] = [value(a), value(b)];
      if (first === null || second === null) return (first === null) - (second === null);
      return sign * (first - second) || a.place - b.place;
    };
    list.append(...mine.sort(compare).map((item) => item.element));
    for (const select of [method, direction]) select.parentElement.hidden = column < 0;
    const [of, by] = [method, metric].map((select) => select.selectedOptions[0].text);
    section.querySelector("[role=status]").textContent =
      column < 0 ? "Not sorted by a score." : `Sorted by ${by} of ${of}, ${direction.value} first.`;
  };
  for (const select of [metric, method, direction]) select.addEventListener("change", sort);
});
mark();
