// A reader of XML 1.0 that accepts nothing that is not well-formed: elements, attributes, text, the five entities and character references.

export interface XmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its own text, without that of its children. */
  readonly text: string;
}

const NOT_A_CHARACTER = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const TOKEN = /<([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.:-]*="[^"<]*")*)\s*(\/?)>|<\/([A-Za-z][\w.-]*)>|[^<]+/y;

/** All elements in document order; throws where the text is not well-formed. */
export function readXml(xml: string): XmlElement[] {
  if (NOT_A_CHARACTER.test(xml)) throw new Error('XML 1.0 has no such character');
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const found: { tag: string; attributes: Record<string, string>; text: string }[] = [];
  const open: typeof found = [];
  let at = 0;
  while (at < body.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(body);
    if (match === null) throw new Error(`Not XML at ${at}: ${JSON.stringify(body.slice(at, at + 60))}`);
    at = TOKEN.lastIndex;
    const [whole, tag, attributes = '', empty, end] = match;
    if (tag !== undefined) {
      if (open.length === 0 && found.length > 0) throw new Error('More than one root');
      const element = { tag, attributes: readAttributes(attributes), text: '' };
      found.push(element);
      if (empty === '') open.push(element);
    } else if (end !== undefined) {
      if (open.pop()?.tag !== end) throw new Error(`</${end}> ends what is not open`);
    } else {
      const holder = open.at(-1);
      if (holder !== undefined) holder.text += decoded(whole);
      else if (whole.trim() !== '') throw new Error('Text beside the root');
    }
  }
  if (open.length > 0 || found.length === 0) throw new Error('An element is not ended, or there is none');
  return found;
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([\w.:-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`Two attributes ${name}`);
    attributes[name] = decoded(value);
  }
  return attributes;
}

function decoded(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text');
  return text.replace(/&(#\d+|[a-z]+;)?(;?)/g, (whole, name?: string) => {
    const entity = ENTITIES[name?.replace(';', '') ?? ''] ?? (/^#\d+$/.test(name ?? '') && whole.endsWith(';') ? String.fromCodePoint(Number(name?.slice(1))) : undefined);
    if (entity === undefined) throw new Error(`No entity: ${whole}`);
    return entity;
  });
}
