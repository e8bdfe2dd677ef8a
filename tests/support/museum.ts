import type { Exhibit } from '../../host/museum/exhibit.js';

/** An exhibit whose program with the bug is the one without: whatever shows it is noise. */
export function withoutBug(exhibit: Exhibit): Exhibit {
  const { simulation, abi } = exhibit;
  if (!simulation) return exhibit;
  switch (simulation.kind) {
    case 'walk':
      return { ...exhibit, simulation: { ...simulation, buggy: simulation.right } };
    case 'layout':
      return { ...exhibit, simulation: { ...simulation, believed: abi } };
    default:
      return { ...exhibit, simulation: { ...simulation, buggy: simulation.right } };
  }
}
