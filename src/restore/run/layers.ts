import type { Step } from '../../model/restore-plan.js';

/**
 * The steps of a wave in layers: a step comes after the steps of the wave that it depends on. What depends on itself in a circle
 * comes last, all at once: owner references are then set afterwards.
 */
export function layersOf(steps: readonly Step[]): Step[][] {
  const inWave = new Set(steps.map(({ path }) => path));
  const done = new Set<string>();
  const layers: Step[][] = [];
  let rest = [...steps];
  while (rest.length > 0) {
    const ready = rest.filter(({ dependsOn }) => dependsOn.every((path) => !inWave.has(path) || done.has(path)));
    const layer = ready.length === 0 ? rest : ready;
    layers.push(layer);
    for (const { path } of layer) done.add(path);
    rest = rest.filter(({ path }) => !done.has(path));
  }
  return layers;
}
