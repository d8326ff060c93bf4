import { ModelRouter } from '../router/model-router.js';
import type { Router } from '../router/router.js';
import { type ShadowKind, ShadowTally } from './shadow-report.js';

/** Who decides in the shadow of a client, and how that compares so far. */
export interface Shadow {
  readonly kind: ShadowKind;
  readonly decide: Router['routeRequest'];
  /** Told what became of calls, as the router is; `null` where that is the same one. */
  readonly learner: Router | null;
  readonly tally: ShadowTally;
}

/**
 * @param option `server`: the client's own router stands in the shadow of an upstream that routes by itself.
 * @param own The router of the client.
 */
export function shadowOf(option: Router | 'server' | undefined, own: Router): Shadow | null {
  if (option === undefined) return null;
  if (option !== 'server') {
    const decide: Router['routeRequest'] = (...question) => option.routeRequest(...question);
    return { kind: 'router', decide, learner: option, tally: new ShadowTally('router') };
  }
  // What stands in a shadow only is no decision of its own.
  const decide: Router['routeRequest'] =
    own instanceof ModelRouter
      ? (...question) => own.previewRequest(...question)
      : (...question) => own.routeRequest(...question);
  return { kind: 'server', decide, learner: null, tally: new ShadowTally('server') };
}
