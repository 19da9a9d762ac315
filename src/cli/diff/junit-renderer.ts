import { typeName } from '../../model/resource-type.js';
import { terminalSafe } from '../render/safe-text.js';
import { sideWords } from './compared-side.js';
import { differencePhrase } from './fields-renderer.js';
import { objectLabel } from './labels.js';
import { forXml } from './output-text.js';
import type { DiffRenderer, RendererOptions } from './renderer.js';
import type { Shown } from './shown.js';
import { patchOf } from './text-renderer.js';
import type { Gap } from './totals.js';

/** Fields that a failure's message names. */
const FEW = 3;

/**
 * JUnit as CI systems read it: a suite a namespace, a failed test an object that differs, an error for what could not be
 * compared, one passed test when all is equal. Kept until the end, because the numbers stand before the tests.
 */
export function junitRenderer({ contextLines }: Pick<RendererOptions, 'contextLines'>): DiffRenderer {
  const suites = new Map<string, string[]>();
  return {
    begin: () => '',
    object(shown) {
      const { namespace } = shown.difference.id;
      const suite = suites.get(namespace) ?? [];
      suites.set(namespace, suite);
      suite.push(testcase(shown, contextLines));
      return '';
    },
    end({ compared, gaps }) {
      const name = `${sideWords(compared.before)} to ${sideWords(compared.after)}`;
      return junitDocument(`kubetape diff: ${name}`, suites, gaps);
    },
  };
}

/** A whole document of failed tests by suite, with what could not be compared as errors. */
export function junitDocument(name: string, suites: ReadonlyMap<string, readonly string[]>, gaps: readonly Gap[]): string {
  const failures = [...suites.values()].reduce((sum, cases) => sum + cases.length, 0);
  const errors = gaps.map(({ verdict, what, reason }) => `<testcase classname="not compared" name="${attribute(what)}"><error type="${verdict}" message="${attribute(reason ?? verdict)}"/></testcase>`);
  const passed = failures + errors.length === 0 ? ['<testcase classname="all" name="nothing differs"/>'] : [];
  const all: [string, readonly string[], number, number][] = [...suites].map(([namespace, cases]) => [namespace === '' ? 'cluster' : `namespace ${namespace}`, cases, cases.length, 0]);
  if (errors.length > 0) all.push(['not compared', errors, 0, errors.length]);
  if (passed.length > 0) all.push(['all', passed, 0, 0]);
  const parts = all.map(([suite, cases, failed, wrong]) =>
    `<testsuite name="${attribute(suite)}" tests="${cases.length}" failures="${failed}" errors="${wrong}">\n${cases.map((each) => `${each}\n`).join('')}</testsuite>\n`);
  const tests = failures + errors.length + passed.length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${attribute(name)}" tests="${tests}" failures="${failures}" errors="${errors.length}">\n${parts.join('')}</testsuites>\n`;
}

function testcase(shown: Shown, contextLines: number): string {
  const { id, change } = shown.difference;
  const phrases = shown.fields.slice(0, FEW).map(differencePhrase);
  const more = shown.fields.length > FEW ? [`and ${shown.fields.length - FEW} more`] : [];
  const message = [change, ...(phrases.length === 0 ? [] : [[...phrases, ...more].join('; ')])].join(': ');
  const className = [id.namespace === '' ? 'cluster' : id.namespace, typeName(id)].join('.');
  return `<testcase classname="${attribute(className)}" name="${attribute(objectLabel(id))}"><failure type="${change}" message="${attribute(message)}">${forXml(terminalSafe(patchOf(shown, contextLines)))}</failure></testcase>`;
}

/** One line; a reader of XML would make blanks of line feeds anyway. */
export function attribute(text: string): string {
  return forXml(terminalSafe(text).replaceAll('\n', '\\x0a').replaceAll('\t', '\\x09'));
}
