// Lets the Temporal SDK download its dev server: `node sdk-download.mjs <folder>` leaves it in the folder under the
// SDK's own name. A process of its own, because the SDK's download can be bounded only by killing it.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir] = process.argv.slice(2);
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version: 'v1.5.1' } },
});
await environment.teardown();
