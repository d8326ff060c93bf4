/**
 * The public surface as a file that a review can read: docs/api/*.api.md, from the built declarations.
 * Fails where the committed report is not what the build says; `--write` (npm run api) brings it up to date.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  ExtractorMessageCategory,
} from '@microsoft/api-extractor';
import { ensureBuilt, root } from './workspace.mjs';

const write = process.argv.includes('--write');
const entries = { routell: 'dist/index.d.ts', 'routell-testing': 'dist/testing/index.d.ts' };
/** @type {import('@microsoft/api-extractor').IConfigMessageReportingTable} */
const silent = { default: { logLevel: ExtractorLogLevel.None } };

/**
 * @param {string} name
 * @param {string} declarations
 */
function reportIsCurrent(name, declarations) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, declarations),
      newlineKind: 'lf',
      // Only this entry: that all declarations are right is the type checker's step.
      compiler: {
        overrideTsconfig: {
          extends: join(root, 'tsconfig.dist.json'),
          compilerOptions: { skipLibCheck: true },
          files: [join(root, declarations)],
          include: [],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(root, 'docs/api'),
        reportTempFolder: join(root, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        tsdocMessageReporting: silent,
        extractorMessageReporting: {
          ...silent,
          // A public type that cannot be imported by name: a matter for the review, so it stands in the report.
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
        },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    localBuild: write,
    messageCallback: (message) => {
      const aboutTheTool = message.category === ExtractorMessageCategory.Console;
      if (aboutTheTool && message.logLevel !== ExtractorLogLevel.Error)
        message.logLevel = ExtractorLogLevel.None;
    },
  });
  return errorCount === 0 && (write || !apiReportChanged);
}

ensureBuilt();
mkdirSync(join(root, 'docs/api'), { recursive: true });
for (const [name, declarations] of Object.entries(entries)) {
  if (reportIsCurrent(name, declarations)) continue;
  console.error(`docs/api/${name}.api.md is not what the build says: look at the change, then npm run api.`);
  process.exitCode = 1;
}
