import type { Json } from '../../lib/json.js';
import type { GlobSet } from './glob-set.js';
import type { LabelSelector } from './label-selector.js';
import type { Path } from './path.js';
import type { Pattern } from './pattern.js';
import type { Template } from './template.js';

/** Why a rule removes something; `allocated` values are kept as comment lines. */
export const RULE_CLASSES = [
  'server', 'allocated', 'controller', 'admission', 'credential', 'derived', 'bootstrap', 'ephemeral', 'heartbeat', 'infrastructure', 'noise',
] as const;
export type RuleClass = (typeof RULE_CLASSES)[number];

/** A rule pack as it was read; everything in it is checked and compiled. */
export interface RulePack {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Ids of rules of earlier packs that do not apply. */
  readonly disable: readonly { readonly id: string; readonly place: string }[];
}

export interface Rule {
  readonly id: string;
  readonly class: RuleClass;
  readonly enabled: boolean;
  readonly match: Match;
  /** The whole object is not mirrored. */
  readonly skip: boolean;
  readonly drop: readonly Path[];
  readonly dropAnnotations: GlobSet | null;
  readonly dropLabels: GlobSet | null;
  readonly dropFinalizers: GlobSet | null;
  /** Entries of a free map. */
  readonly dropKeys: readonly { readonly path: Path; readonly keys: GlobSet }[];
  readonly dropIfEqual: readonly { readonly path: Path; readonly value: WantedValue }[];
  /** Dropped when managedFields are known and nobody owns the place. */
  readonly dropIfUnowned: readonly Path[];
  readonly dropIfOwnedBy: readonly OwnerCondition[];
  /** `by`: a field of the elements, or `value` for a list of strings. */
  readonly sort: readonly { readonly path: Path; readonly by: string }[];
  /** Containers that go when rules, and nobody else, emptied them. */
  readonly pruneEmpty: readonly Path[];
}

/** Dropped when somebody owns the place and all owners are `managers`, or none of them owns `notOwnerOf` too. */
export type OwnerCondition =
  | { readonly path: Path; readonly managers: GlobSet; readonly subresource: string | undefined }
  | { readonly path: Path; readonly notOwnerOf: Path };

/** A fixed value, or text to be filled in from the object. */
export type WantedValue = { readonly json: Json } | { readonly template: Template };

/** All given members must hold. */
export interface Match {
  readonly resources?: GlobSet;
  readonly groups?: GlobSet;
  readonly kinds?: GlobSet;
  /** A cluster-scoped object has the namespace ''. */
  readonly namespaces?: GlobSet;
  readonly names?: GlobSet;
  readonly labels?: LabelSelector;
  /** One of these keys is there. */
  readonly annotations?: GlobSet;
  readonly ownedBy?: { readonly controller: boolean | undefined; readonly kinds: GlobSet | undefined };
  readonly scaled?: boolean;
  readonly where?: readonly Where[];
  readonly anyOf?: readonly Match[];
  readonly not?: Match;
}

export type Where =
  | { readonly path: Path; readonly op: 'exists' | 'absent' }
  | { readonly path: Path; readonly op: 'eq' | 'ne'; readonly value: WantedValue }
  | { readonly path: Path; readonly op: 'in'; readonly values: readonly WantedValue[] }
  | { readonly path: Path; readonly op: 'matches'; readonly pattern: Pattern };
