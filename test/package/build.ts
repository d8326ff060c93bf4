import { ensureBuilt } from '../../scripts/workspace.mjs';

export default function setup(): void {
  ensureBuilt();
}
