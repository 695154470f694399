// The front page: headlines, newest first, and what the list can be narrowed by.

import { ask, el, hash, hashtags, plural, said, when } from "./dom.js";

export const FILTERS = ["q", "section", "tag", "source", "entity"];

export async function load(query) {
  return ask(`/articles?${new URLSearchParams(Object.entries(query).filter(([, value]) => value))}`);
}

export function narrowed(query) {
  return FILTERS.some((name) => query[name]);
}

export function front(told, query) {
  const list = el("ol", { class: "articles", id: "articles" });
  told.cards.forEach((card) => list.append(item(card, { copies: told.copies[card.id] })));
  const lead = told.page === 1 && !narrowed(query);
  return el(
    "div",
    { class: `front${lead ? " lead" : ""}` },
    el(
      "section",
      { "aria-labelledby": "heading" },
      heading(told, query),
      el("button", { type: "button", id: "fresh", class: "fresh", hidden: true }),
      told.cards.length ? list : nothing(told, query),
      pages(told, query),
    ),
    el(
      "aside",
      { "aria-label": "Narrow the list" },
      facet("In the news", "tag", told.facets.hashtags, query),
      facet("Sources", "source", told.facets.sources, query),
    ),
  );
}

export function item(card, { fresh = false, copies = 0 } = {}) {
  const link = el("a", { href: hash(`a/${card.id}`), class: "headline" }, said(card.title || "(no title)", card.language));
  return el(
    "li",
    { id: `card-${card.id}`, class: fresh ? "is-new" : null },
    el(
      "article",
      {},
      el("p", { class: "meta" }, el("a", { href: hash("", { source: card.source }) }, said(card.source)), " · ",
        card.published ? when(card.published, card.precision) : when(new Date(card.arrived).toISOString(), "arrived"),
        card.revision > 1 && el("span", { class: "note" }, `revision ${card.revision}`),
        copies > 0 && el("span", { class: "note" }, plural(copies, "copy", "copies"))),
      el("h2", {}, link),
      card.summary && el("p", { class: "summary", dir: "auto", lang: card.language }, card.summary),
      hashtags(card.hashtags),
    ),
  );
}

export function sections(counted, query) {
  const all = el("a", { href: hash(""), "aria-current": narrowed(query) ? null : "page" }, "Front page");
  const names = counted.map(([name]) => name);
  if (query.section && !names.includes(query.section)) names.unshift(query.section);
  const links = names.map((name) =>
    el("a", { href: hash("", { section: name }), "aria-current": query.section === name ? "page" : null }, name));
  return [all, ...links];
}

function heading(told, query) {
  const current = FILTERS.filter((name) => query[name]);
  if (!current.length) {
    const text = told.page > 1 ? `Page ${told.page}` : "Latest articles";
    return el("h1", { id: "heading", tabindex: "-1", class: told.page > 1 ? "found" : "quiet" }, text);
  }
  const names = { q: "“", section: "", tag: "", source: "from ", entity: "about " };
  const parts = current.map((name) => {
    const rest = { ...query, [name]: "", page: "" };
    const value = name === "q" ? `“${query.q}”` : `${names[name]}${query[name]}`;
    return el("a", { href: hash("", rest), class: "filter", title: "Remove this filter" }, said(value),
      el("span", { "aria-hidden": "true" }, " ×"), el("span", { class: "quiet" }, ", remove this filter"));
  });
  return el("h1", { id: "heading", tabindex: "-1", class: "found" }, plural(told.found, "article"), " ", parts);
}

function nothing(told, query) {
  if (narrowed(query)) return el("p", { class: "empty" }, "Nothing here matches. ", el("a", { href: hash("") }, "All articles"));
  return el("p", { class: "empty" }, told.total ? "There is no such page." : "No articles yet. They appear here as they come.");
}

function facet(title, name, counted, query) {
  if (!counted.length) return null;
  const links = counted.map(([value, count]) =>
    el("li", {}, el("a", { href: hash("", { ...query, page: "", [name]: value }),
      "aria-current": query[name] === value ? "true" : null }, said(value)), " ", el("span", { class: "count" }, String(count))));
  return el("section", {}, el("h2", {}, title), el("ul", { class: name === "tag" ? "cloud" : "rows" }, links));
}

function pages(told, query) {
  if (told.pages < 2) return null;
  const to = (page, label, rel) =>
    page >= 1 && page <= told.pages
      ? el("a", { href: hash("", { ...query, page: page > 1 ? page : "" }), rel }, label)
      : el("span", {}, label);
  return el("nav", { class: "pages", "aria-label": "Pages" }, to(told.page - 1, "← Newer", "prev"),
    el("span", {}, `${told.page} of ${told.pages.toLocaleString("en-GB")}`), to(told.page + 1, "Older →", "next"));
}
