// One article: the story, what was made of it, its copies with the evidence, and how each of it was decided.

import { el, hash, hashtags, moment, outward, percent, plural, said, when } from "./dom.js";

const KINDS = { person: "People", organisation: "Organisations", place: "Places", other: "Other names" };
const COPIES = { exact: "the same words", near: "the same story with changes", contained: "a part of it",
  revision_unchanged: "the same article again" };

export function story(told) {
  const { article, card, headers } = told;
  return el(
    "div",
    { class: "story" },
    el("article", { "aria-labelledby": "heading" }, head(article, card, told.at_hand), summary(article), text(article)),
    el(
      "aside",
      { "aria-label": "About this article" },
      topics(article), names(article), keywords(article), copies(told), related(article, told.at_hand),
      decided(article, headers),
    ),
  );
}

function head(article, card, atHand) {
  const authors = article.authors.length ? [said(article.authors.join(", ")), " · "] : [];
  const whole = article.part_of && (atHand[article.part_of]
    ? ["Shown on the page of ", el("a", { href: hash(`a/${article.part_of}`) }, said(atHand[article.part_of].title || "(no title)"))]
    : ["Shown as a related story on another page"]);
  const links = [outward(article.canonical_url || article.url || "")].filter(Boolean);
  return el(
    "header",
    {},
    el("p", { class: "back" }, el("a", { href: hash(""), id: "back" }, "← All articles")),
    el("h1", { id: "heading", tabindex: "-1" }, said(article.title || "(no title)", article.language)),
    el("p", { class: "meta" }, el("a", { href: hash("", { source: card.source }) }, said(card.source)), " · ", authors,
      when(card.published, card.precision, { long: true }), links.length ? " · " : "", links),
    whole && el("p", { class: "meta" }, whole),
    hashtags(article.hashtags),
  );
}

function summary(article) {
  const made = article.summary;
  if (!made) return null;
  const why = made.fallback_reason ? `, for the language model's was not to be had: ${made.fallback_reason}` : "";
  return el("section", { class: "summary", "aria-label": "Summary" },
    el("p", { dir: "auto", lang: article.language }, made.text),
    el("p", { class: "how" }, made.kind === "extractive" ? "Sentences of the article" : "Written by a model", ` (${made.method}${why})`));
}

function text(article) {
  if (!article.paragraphs.length) return el("p", { class: "empty" }, "The page shows no more of it than this.");
  const spans = article.paragraphs.map(() => []);
  for (const entity of article.entities) {
    for (const span of entity.offsets) spans[span.paragraph]?.push({ ...span, name: entity.text });
  }
  return el("div", { class: "text", lang: article.language },
    article.paragraphs.map((paragraph, number) => el("p", { dir: "auto" }, marked(paragraph, spans[number]))));
}

// Places count Unicode code points, JavaScript's strings UTF-16 units.
function marked(paragraph, spans) {
  const points = Array.from(paragraph);
  const parts = [];
  let at = 0;
  for (const { start, end, name } of spans.sort((a, b) => a.start - b.start)) {
    if (start < at || end > points.length) continue;
    parts.push(points.slice(at, start).join(""));
    parts.push(el("a", { class: "name", href: hash("", { entity: name }) }, points.slice(start, end).join("")));
    at = end;
  }
  parts.push(points.slice(at).join(""));
  return parts;
}

function topics(article) {
  return section("Topics", article.topics, (topic) => [
    el("a", { href: hash("", { section: topic.top_level }) }, topic.name),
    topic.top_level !== topic.name && el("span", { class: "count" }, topic.top_level), sure(topic.confidence)]);
}

function names(article) {
  const kinds = Object.keys(KINDS).filter((kind) => article.entities.some((entity) => entity.type === kind));
  if (!kinds.length) return null;
  return el("section", {}, el("h2", {}, "Names"), el("dl", { class: "names" }, kinds.map((kind) => el("div", {},
    el("dt", {}, KINDS[kind]),
    el("dd", {}, article.entities.filter((entity) => entity.type === kind).flatMap((entity, number) => [
      number ? ", " : "", el("a", { href: hash("", { entity: entity.text }) }, said(entity.text))]))))));
}

function keywords(article) {
  if (!article.keywords.length) return null;
  return el("section", {}, el("h2", {}, "Keywords"),
    el("p", {}, said(article.keywords.map((keyword) => keyword.text).join(", "))));
}

function copies({ copies: found, others, article }) {
  const rows = [
    ...others.map((card) => el("li", {}, el("a", { href: hash(`a/${card.id}`) }, said(card.title || "(no title)")),
      el("span", { class: "meta" }, said(card.source), ` · another version, revision ${card.revision}`))),
    ...found.map((copy) => el("li", {},
      outward(copy.url || "", said(copy.title || "(no title)")) ?? said(copy.title || "(no title)"),
      el("span", { class: "meta" }, said(copy.source), ` · ${COPIES[copy.kind] ?? copy.kind}, ${percent(copy.similarity)} alike`),
      copy.passages.length > 0 && el("details", {}, el("summary", {}, "Evidence: words that both hold"),
        copy.passages.map((passage) => el("blockquote", { dir: "auto" }, passage))))),
  ];
  return el("section", { id: "copies" }, el("h2", {}, "The same story elsewhere"),
    rows.length ? el("ul", { class: "rows" }, rows) : el("p", { class: "meta" }, "No copy has come so far."),
    article.supersedes.length > 0 && el("p", { class: "meta" }, `It replaces ${plural(article.supersedes.length, "earlier article")}.`));
}

function related(article, atHand) {
  const shown = article.related.map((each) => [atHand[each.article_id]
    ? el("a", { href: hash(`a/${each.article_id}`) }, said(each.title || "(no title)"))
    : outward(each.url || "", said(each.title || "(no title)")) ?? said(each.title || "(no title)"),
  el("span", { class: "meta" }, [each.source && said(each.source), each.age_text && said(each.age_text)].filter(Boolean)
    .flatMap((part, number) => (number ? [" · ", part] : [part])))]);
  const alike = article.dedupe.nearest.filter((each) => atHand[each.article_id]).map((each) => [
    el("a", { href: hash(`a/${each.article_id}`) }, said(atHand[each.article_id].title || "(no title)")),
    el("span", { class: "meta" }, `resembles it, ${percent(each.similarity)}`)]);
  return section("Related", [...shown, ...alike], (parts) => parts);
}

function decided(article, headers) {
  const found = Object.entries(article.provenance).map(([field, how]) => el("tr", {}, el("th", { scope: "row" }, field),
    el("td", {}, said(how.method)), el("td", {}, sure(how.confidence))));
  const verdict = article.dedupe.verdict === "unique" ? "A story of its own" : `Revision ${article.revision} of a known story`;
  const near = article.dedupe.nearest.length
    ? `; ${plural(article.dedupe.nearest.length, "earlier article")} looked alike, the nearest by ${percent(article.dedupe.nearest[0].similarity)}`
    : "; no earlier article looked alike";
  const cut = article.removed.map((each) => `${each.kind} (${plural(each.chars, "character")})`).join(", ");
  const came = Number(headers.news_ingested_at);
  const rows = [
    ["Verdict", verdict + near],
    ["Cut from the page", cut || "nothing"],
    ["Missing", article.missing.join(", ") || "nothing"],
    ["Date", article.published_at ? `${moment(article.published_at.value, article.published_at.precision, { long: true })}; to the ${article.published_at.precision}, time zone ${article.published_at.tz}` : "none found"],
    ["Language", `${article.language}, ${percent(article.language_confidence)} sure`],
    ["Length", `${plural(article.paragraphs.length, "paragraph")}, ${plural(article.word_count, "word")}`],
    ["Came in", came > 1 ? new Date(came).toISOString().replace("T", " ").slice(0, 19) + " UTC" : "time unknown"],
    ["Raw record", headers.news_raw_position ?? "unknown"],
    ["Pipeline", headers.news_pipeline_version ?? "unknown"],
  ];
  return el("section", { id: "decided" }, el("details", {}, el("summary", {}, el("h2", {}, "How was this decided?")),
    el("table", {}, el("caption", { class: "quiet" }, "How each field was found"),
      el("thead", {}, el("tr", {}, ["Field", "Found by", "Sure"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, found)),
    el("dl", { class: "facts" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, said(value)))))));
}

function section(title, items, row) {
  if (!items.length) return null;
  return el("section", {}, el("h2", {}, title), el("ul", { class: "rows" }, items.map((each) => el("li", {}, row(each)))));
}

function sure(share) {
  return el("span", { class: "sure" }, el("meter", { min: 0, max: 1, low: 0.5, high: 0.8, optimum: 1, value: share,
    "aria-hidden": "true" }), percent(share));
}
