/** What a person cannot see or a terminal obeys, and JSON and YAML let stand: DEL, C1, what turns or hides text, tags. */
const HIDDEN = /[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/;
const EVERY_HIDDEN = new RegExp(HIDDEN, 'g');

export function hasHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** A string in double quotes as JSON and YAML read it, everything hidden as `\uNNNN`. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(EVERY_HIDDEN, (found) => Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''));
}
