"use strict";

/* Tables can be sorted by their headings, and filtered where they are long. Without this script they stand as they are. */

const LONG = 12;

function sortKey(row, column) {
  const cell = row.cells[column];
  return "key" in cell.dataset ? Number(cell.dataset.key) : cell.textContent.trim();
}

function compare(one, other) {
  if (typeof one === "string" || typeof other === "string") {
    return String(one).localeCompare(String(other), "en", { numeric: true });
  }
  return one - other;
}

/* Rows without a number stay at the end, whichever way the others are sorted. */
function sortRows(table, column, descending) {
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: sortKey(row, column) }));
  const missing = ({ key }) => Number.isNaN(key);
  const sorted = rows.filter((entry) => !missing(entry));
  sorted.sort((one, other) => compare(one.key, other.key) * (descending ? -1 : 1));
  table.tBodies[0].append(...[...sorted, ...rows.filter(missing)].map(({ row }) => row));
}

function makeSortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", `Sort by ${heading.textContent}`);
    heading.append(button);
    heading.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortRows(table, column, descending);
    });
  });
}

function chooser(table, heading, column) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", heading.textContent);
  select.dataset.column = column;
  const values = [...table.tBodies[0].rows].map((row) => row.cells[column].querySelector(".mark").textContent);
  const options = [...new Set(values)].map((value) => new Option(value, value));
  select.append(new Option(`${heading.textContent}: any`, ""), ...options);
  return select;
}

function makeFilterable(table) {
  const rows = [...table.tBodies[0].rows];
  const headings = [...table.tHead.rows[0].cells];
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Filter by text";
  search.setAttribute("aria-label", "Filter by text");
  const choosers = headings.flatMap((heading, column) =>
    "choice" in heading.dataset ? [chooser(table, heading, column)] : []);
  const count = document.createElement("output");
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const chosen = choosers.every(({ value, dataset }) =>
        !value || row.cells[dataset.column].querySelector(".mark").textContent === value);
      row.hidden = !(chosen && words.every((word) => text.includes(word)));
    }
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  };
  const controls = document.createElement("form");
  controls.className = "controls";
  controls.append(search, ...choosers, count);
  controls.addEventListener("input", filter);
  controls.addEventListener("submit", (event) => event.preventDefault());
  table.before(controls);
  filter();
}

for (const table of document.querySelectorAll("table")) {
  if (table.tBodies[0].rows.length > LONG) makeFilterable(table);
  makeSortable(table);
}
