import { memorySnapshotsStore } from '../../src/stores/memory-snapshots.js';
import { snapshotsStoreContract } from '../contracts/snapshots-store-contract.js';

snapshotsStoreContract('memory', memorySnapshotsStore);
