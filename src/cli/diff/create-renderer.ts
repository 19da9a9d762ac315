import type { OutputFormat } from '../context.js';
import { fieldsRenderer } from './fields-renderer.js';
import { jsonPatchRenderer } from './json-patch-renderer.js';
import { jsonRenderer, yamlRenderer } from './json-renderer.js';
import { junitRenderer } from './junit-renderer.js';
import { markdownRenderer } from './markdown-renderer.js';
import { nameRenderer } from './name-renderer.js';
import type { DiffRenderer, RendererOptions } from './renderer.js';
import { sideBySideRenderer } from './side-by-side-renderer.js';
import { summaryRenderer } from './summary-renderer.js';
import { textRenderer } from './text-renderer.js';

/** The renderer of a form of `diff`; text for the forms that are no form of diff. */
export function createRenderer(output: OutputFormat, options: RendererOptions): DiffRenderer {
  switch (output) {
    case 'fields':
      return fieldsRenderer(options);
    case 'json-patch':
      return jsonPatchRenderer();
    case 'side-by-side':
      return sideBySideRenderer(options);
    case 'summary':
      return summaryRenderer();
    case 'junit':
      return junitRenderer(options);
    case 'md':
      return markdownRenderer(options);
    case 'json':
      return jsonRenderer();
    case 'yaml':
      return yamlRenderer();
    case 'name':
      return nameRenderer();
    default:
      return textRenderer(options);
  }
}

/** Forms that a program reads: nothing but the form may stand on stdout. */
export function isForPrograms(output: OutputFormat): boolean {
  return ['json', 'yaml', 'json-patch', 'junit', 'md', 'name'].includes(output);
}
