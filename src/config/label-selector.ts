const KEY = String.raw`(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?`;
const VALUE = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?`;
const REQUIREMENT = String.raw`\s*(?:!\s*${KEY}|${KEY}\s+(?:in|notin)\s*\(\s*${VALUE}\s*(?:,\s*${VALUE}\s*)*\)|${KEY}\s*(?:==|!=|=)\s*${VALUE}|${KEY})\s*`;
const SELECTOR = new RegExp(`^${REQUIREMENT}(?:,${REQUIREMENT})*$`);

/** Whether a text is a label selector as kubectl's -l takes it (equality and set based requirements, joined by commas). */
export function isLabelSelector(text: string): boolean {
  return text.length <= 4096 && SELECTOR.test(text);
}
