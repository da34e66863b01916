"use strict";
// The inbox: moves through its list by keyboard, counts what is selected, and shows the sheet of shortcuts.

const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, dialog");
const rows = () => [...document.querySelectorAll("[data-mail]")];

function go(step) {
  const all = rows();
  const here = all.findIndex((row) => row.classList.contains("at"));
  const next = all[Math.min(Math.max(here + step, 0), all.length - 1)];
  if (!next) return;
  for (const row of all) row.classList.toggle("at", row === next);
  next.querySelector("a.open").focus();
  next.scrollIntoView({ block: "nearest" });
}

function choose() {
  const box = document.querySelector("[data-mail].at input[name=mail]");
  if (box) box.click();
}

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  x: choose,
  "?": () => document.getElementById("shortcuts").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const act = KEYS[event.key];
  // on the page of one email, J and K are links
  if (!act || (event.key !== "?" && !rows().length)) return;
  event.preventDefault();
  act();
});

// A row that has the focus is the one that the keys begin from.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-mail]");
  if (row) for (const other of rows()) other.classList.toggle("at", other === row);
});

function count() {
  for (const list of document.querySelectorAll("[data-list]")) {
    const boxes = [...list.querySelectorAll("input[name=mail]")];
    const chosen = boxes.filter((box) => box.checked).length;
    for (const number of list.querySelectorAll("[data-count]")) number.textContent = chosen;
    for (const all of list.querySelectorAll("[data-all]")) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  }
}

document.addEventListener("change", count);
document.addEventListener("reset", () => setTimeout(count));
document.addEventListener("htmx:load", count);
count();
