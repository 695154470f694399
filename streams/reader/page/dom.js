// Elements from strangers' words: text becomes text nodes, addresses are http(s) or nothing. No markup is ever parsed.

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child != null && child !== false && child !== ""));
  return element;
}

// A stranger's words in their own language and direction.
export function said(text, lang) {
  return el("bdi", { lang: lang && lang !== "und" ? lang : null }, text);
}

export function hash(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

export function hashtags(tags) {
  if (!tags.length) return null;
  return el("ul", { class: "tags", "aria-label": "Hashtags" }, tags.map((tag) => el("li", {}, el("a", { href: hash("", { tag }) }, said(tag)))));
}

// A link out of here, if it is one that a browser may follow.
export function outward(address, label) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const host = url.hostname.replace(/^www\./, "");
  return el("a", { href: url.href, rel: "noopener noreferrer nofollow", target: "_blank" }, label ?? `Read at ${host}`, " ↗");
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

// As exactly as is known, on the clock of the page that told it: "7 June 2025, 11:22 (+01:00)".
export function moment(value, precision, { long = false } = {}) {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)\S*?(Z|z|[+-]\d\d:\d\d)$/.exec(value ?? "");
  if (!parts) return "date unknown";
  const day = (long ? DAY : SHORT).format(new Date(`${parts[1]}T00:00:00Z`));
  if (precision === "day") return day;
  const zone = /z|\+00:00/i.test(parts[3]) ? "UTC" : parts[3];
  return `${{ relative: "about ", arrived: "came " }[precision] ?? ""}${day}, ${parts[2]}${long ? ` ${zone}` : ""}`;
}

export function when(value, precision, options) {
  return el("time", { datetime: value }, moment(value, precision, options));
}

export function plural(number, of, more = `${of}s`) {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? of : more}`;
}

export const percent = (share) => `${share < 1 ? Math.min(99, Math.round(share * 100)) : 100}%`;

export async function ask(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return answer.json();
}
