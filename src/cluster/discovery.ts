import type { Discovery } from '../model/cluster-reader.js';
import { ClusterError } from '../model/cluster-error.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import { askJson } from './body.js';
import {
  readAggregated,
  readCoreVersions,
  readGroupList,
  readResourceList,
  type ServedGroup,
  type ServedVersion,
} from './discovery-document.js';
import { messageOf } from '../lib/errors.js';
import { requestError } from './errors.js';
import type { Timeouts } from './options.js';
import type { Transport } from './transport.js';

/** Aggregated discovery (KEP-3352), then its beta, then the documents of old servers. */
const ACCEPT = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');
const MAX_DOCUMENT = 64 * 1024 * 1024;
/** Documents of old servers that are asked for at once. */
const AT_ONCE = 8;

export interface DiscoveryContext {
  readonly transport: Transport;
  readonly timeouts: Timeouts;
}

/**
 * Every served type with verb list, in one version each: the pinned one while it is served, else the first in the
 * group's order (the preferred one leads) that has the type. Groups that do not answer are named, and the others go on.
 */
export async function discoverTypes(context: DiscoveryContext, pinned: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Discovery> {
  const settled = await Promise.allSettled([discoverCore(context, signal), discoverGroups(context, signal)]);
  signal.throwIfAborted();
  const [core, named] = settled;
  if (named.status === 'rejected') throw named.reason;
  // A server without core group is possible; one whose core group does not answer now is not without it.
  const groups = core.status === 'fulfilled' ? [...core.value, ...named.value] : [failedCore(core.reason), ...named.value];
  return {
    types: groups.flatMap((group) => chooseVersions(group, pinned)),
    failedGroups: groups.flatMap(failures),
  };
}

async function discoverCore(context: DiscoveryContext, signal: AbortSignal): Promise<ServedGroup[]> {
  const what = 'discover the core API group';
  const document = await fetchDocument(context, what, '/api', signal);
  const aggregated = readAggregated(document);
  if (aggregated !== undefined) return aggregated;
  const group = readCoreVersions(document);
  if (group === undefined) throw requestError('MALFORMED', what, 'the answer is no discovery document');
  return fillGroups(context, [group], signal);
}

async function discoverGroups(context: DiscoveryContext, signal: AbortSignal): Promise<ServedGroup[]> {
  const what = 'discover the API groups';
  const document = await fetchDocument(context, what, '/apis', signal);
  const aggregated = readAggregated(document);
  if (aggregated !== undefined) return aggregated;
  const groups = readGroupList(document);
  if (groups === undefined) throw requestError('MALFORMED', what, 'the answer is no discovery document');
  return fillGroups(context, groups, signal);
}

/** Asks for the types of each version by its own document, a few at a time. */
async function fillGroups(context: DiscoveryContext, groups: readonly ServedGroup[], signal: AbortSignal): Promise<ServedGroup[]> {
  const wanted = groups.flatMap(({ group, versions }) => versions.map(({ version }) => ({ group, version })));
  const filled = new Map<string, ServedVersion>();
  const work = wanted.values();
  const worker = async (): Promise<void> => {
    for (const { group, version } of work) filled.set(`${group}/${version}`, await fetchVersion(context, group, version, signal));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return groups.map((served) => ({
    ...served,
    versions: served.versions.map((empty) => filled.get(`${served.group}/${empty.version}`) ?? empty),
  }));
}

async function fetchVersion(context: DiscoveryContext, group: string, version: string, signal: AbortSignal): Promise<ServedVersion> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  try {
    return readResourceList(group, version, await fetchDocument(context, `discover ${path}`, path, signal));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ClusterError)) throw error;
    return { version, types: [], failed: error.message };
  }
}

function fetchDocument({ transport, timeouts }: DiscoveryContext, what: string, path: string, signal: AbortSignal): Promise<unknown> {
  return askJson(transport, { what, path, accept: ACCEPT, gzip: true, signal }, { idleMs: timeouts.bodyMs, maxBytes: MAX_DOCUMENT });
}

function failedCore(reason: unknown): ServedGroup {
  return { group: '', versions: [], failed: messageOf(reason) };
}

function chooseVersions({ group, versions }: ServedGroup, pinned: ReadonlyMap<string, string>): ResourceType[] {
  const resources = new Set(versions.flatMap(({ types }) => types.map((type) => type.resource)));
  return [...resources].flatMap((resource) => {
    const pin = pinned.get(typeName({ group, resource }));
    // The pinned version may well be served: changing it now would rewrite every file and back again.
    if (versions.some((served) => served.version === pin && served.failed !== undefined)) return [];
    const offers = versions.flatMap(({ types }) => types.filter((type) => type.resource === resource));
    const chosen = offers.find((type) => type.version === pin) ?? offers[0];
    return chosen === undefined ? [] : [chosen];
  });
}

function failures({ group, versions, failed }: ServedGroup): { group: string; reason: string }[] {
  if (failed !== undefined) return [{ group, reason: failed }];
  return versions.flatMap((served) => {
    if (served.failed === undefined) return [];
    return [{ group: versions.length === 1 ? group : `${group}/${served.version}`, reason: served.failed }];
  });
}
