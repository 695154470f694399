// What is shown follows the address: #/?q=…&tag=…&page=2 is a list, #/a/ID an article. Server-sent events keep it live.

import { ask, el, plural } from "./dom.js";
import { FILTERS, front, item, load, narrowed, sections } from "./list.js";
import { story } from "./article.js";

const PAGE = 30; // as the server's
const REFRESH_MS = 1500; // a narrowed list is asked for anew, no more often
const main = document.getElementById("main");
const announce = document.getElementById("announce");
const state = { version: null, list: "#/", order: [], scroll: new Map(), waiting: 0, shown: 0, source: null, timer: 0 };

function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const asked = Object.fromEntries(new URLSearchParams(query ?? ""));
  return { id: path.startsWith("a/") ? path.slice(2) : null, query: asked };
}

async function show({ quietly = false } = {}) {
  const turn = ++state.shown;
  const { id, query } = route();
  let view;
  try {
    view = id ? await article(id) : await list(query);
  } catch {
    view = el("p", { class: "empty" }, "The reader's server does not answer. Is `newsflow reader` still running?");
  }
  if (turn !== state.shown) return; // another page was asked for meanwhile
  main.replaceChildren(view);
  if (quietly) return;
  window.scrollTo(0, id ? 0 : state.scroll.get(location.hash) ?? 0);
  if (document.activeElement?.id !== "q") document.getElementById("heading")?.focus({ preventScroll: true });
}

async function list(query) {
  const told = await load(query);
  state.list = location.hash || "#/";
  state.order = told.cards.map((card) => card.id);
  state.waiting = 0;
  connect(told.version);
  count(told.total);
  document.getElementById("sections").replaceChildren(...sections(told.facets.sections, query));
  document.getElementById("q").value = query.q ?? "";
  const what = FILTERS.map((name) => query[name]).filter(Boolean).join(", ");
  document.title = what ? `${what} – newsflow` : "newsflow reader";
  return front(told, query);
}

async function article(id) {
  const told = await ask(`/articles/${encodeURIComponent(id)}`);
  if (state.version === null) connect("");
  if (!told) return gone();
  document.title = `${told.article.title || "(no title)"} – newsflow`;
  const view = story(told);
  view.querySelector("#back").href = state.list;
  return view;
}

function gone() {
  document.title = "Not here – newsflow";
  return el("p", { class: "empty", id: "heading", tabindex: "-1" }, "This article is no longer here. ", el("a", { href: state.list }, "All articles"));
}

// ------------------------------------------------------------------------------------------------------------- live

function connect(version) {
  if (state.source) {
    state.version = version === "" ? state.version : version;
    return;
  }
  state.version = version;
  state.source = new EventSource(`/live?version=${version}`);
  state.source.onopen = () => lamp("live");
  state.source.onerror = () => lamp("reconnecting");
  state.source.onmessage = (event) => take(JSON.parse(event.data), Number(event.lastEventId));
}

function take({ total, changes }, version) {
  // The list was asked for after that. Without changes it is another run of the server's, or too much was missed.
  if (changes && state.version !== "" && version <= state.version) return;
  state.version = version;
  count(total);
  const { id, query } = route();
  const came = (changes ?? []).filter((change) => change.card);
  for (const change of changes ?? []) if (!change.card) remove(change.id, id);
  if (id) return;
  if (!changes || narrowed(query) || query.page) return later(changes ? came.length : 1, query);
  if (window.scrollY > 300) return fresh(came.filter((change) => !state.order.includes(change.id)).length);
  prepend(came.map((change) => change.card));
}

function prepend(cards) {
  const articles = document.getElementById("articles");
  if (!articles) return show({ quietly: true });
  const focused = document.activeElement?.closest("li[id]")?.id;
  for (const card of cards) {
    if (focused === `card-${card.id}`) continue; // nobody's place is moved under their hands
    document.getElementById(`card-${card.id}`)?.remove();
    articles.prepend(item(card, { fresh: true }));
  }
  while (articles.children.length > PAGE && articles.lastElementChild.id !== focused) articles.lastElementChild.remove();
  state.order = [...articles.children].map((each) => each.id.slice(5));
  if (cards.length) announce.textContent = plural(cards.length, "new article");
}

function remove(gonerId, openId) {
  if (gonerId === openId) return main.replaceChildren(gone());
  document.getElementById(`card-${gonerId}`)?.remove();
}

function fresh(number) {
  const button = document.getElementById("fresh");
  if (!number || !button) return;
  state.waiting += number;
  button.hidden = false;
  button.textContent = `${plural(state.waiting, "new article")} ↑`;
  announce.textContent = button.textContent.replace(" ↑", "");
}

// A narrowed list, or a later page: what came may not belong there, so the server is asked, and not for each event.
function later(number, query) {
  if (query.page) return fresh(number);
  if (state.timer || window.scrollY > 300) return undefined;
  state.timer = setTimeout(() => {
    state.timer = 0;
    if (!document.activeElement?.closest("#main a, #main button")) show({ quietly: true });
  }, REFRESH_MS);
  return undefined;
}

function lamp(said) {
  document.getElementById("live").dataset.state = said;
  document.getElementById("state").dataset.said = said;
  count(state.total);
}

function count(total) {
  state.total = total;
  const word = document.getElementById("state");
  word.textContent = [total === undefined ? "" : plural(total, "article"), word.dataset.said ?? "connecting"].filter(Boolean).join(" · ");
}

// --------------------------------------------------------------------------------------------------------- keyboard

function step(by) {
  const { id } = route();
  if (id) {
    const next = state.order[state.order.indexOf(id) + by];
    if (next && state.order.includes(id)) location.hash = `#/a/${next}`;
    return;
  }
  const links = [...document.querySelectorAll(".headline")];
  const at = links.findIndex((link) => link.closest("li").contains(document.activeElement));
  const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.closest("li").scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  u: back,
  n: () => { if (!document.getElementById("fresh")?.hidden) top(); },
  "/": () => document.getElementById("q").focus(),
  "]": () => document.querySelector(".pages [rel=next]")?.click(),
  "[": () => document.querySelector(".pages [rel=prev]")?.click(),
  "?": () => document.getElementById("help").showModal(),
};

function back() {
  if (route().id) location.hash = state.list;
}

function top() {
  window.scrollTo(0, 0);
  if (route().query.page) location.hash = "#/";
  else show();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("help").open) return;
  const typing = event.target.closest("input");
  if (event.key === "Escape") {
    if (typing) document.getElementById("heading")?.focus();
    else back();
    return;
  }
  if (typing || !document.getElementById("keys").checked || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = document.getElementById("q").value.trim();
  location.hash = words ? `#/?${new URLSearchParams({ q: words })}` : "#/";
});
document.getElementById("help-open").addEventListener("click", KEYS["?"]);
document.getElementById("keys").checked = localStorage.getItem("keys") !== "off";
document.getElementById("keys").addEventListener("change", (event) => localStorage.setItem("keys", event.target.checked ? "on" : "off"));
main.addEventListener("click", (event) => { if (event.target.id === "fresh") top(); });
window.addEventListener("scroll", () => { if (!route().id) state.scroll.set(location.hash, window.scrollY); }, { passive: true });
window.addEventListener("hashchange", () => { if (location.hash.startsWith("#/") || !location.hash) show(); });
history.scrollRestoration = "manual";
document.getElementById("date").textContent = new Intl.DateTimeFormat("en-GB", { dateStyle: "full" }).format(new Date());
show();
