import type { StandInApi } from '../../standin/api.js';
import { BACKUPS, MONITORING, PAYMENTS } from './other-namespaces.js';
import { SHOP } from './shop-namespace.js';

/** Fills a fresh stand-in with an online shop, as three teams have applied it. */
export function installApplication(cluster: StandInApi): void {
  for (const object of SHOP) cluster.create(object, { manager: 'helm' });
  for (const object of [...PAYMENTS, ...BACKUPS]) cluster.create(object);
  for (const object of MONITORING) cluster.create(object, { manager: 'kustomize-controller', operation: 'Apply' });
}
