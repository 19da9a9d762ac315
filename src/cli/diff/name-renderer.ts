import { escapeText } from '../../lib/escape.js';
import { objectLabel } from './labels.js';
import type { DiffRenderer } from './renderer.js';

/** `shop/deployments.apps/web` a line, `clusterroles.rbac.authorization.k8s.io/admin` for what has no namespace. */
export function nameRenderer(): DiffRenderer {
  return {
    begin: () => '',
    object: ({ difference: { id } }) => `${id.namespace === '' ? '' : `${escapeText(id.namespace)}/`}${objectLabel(id)}\n`,
    end: () => '',
  };
}
