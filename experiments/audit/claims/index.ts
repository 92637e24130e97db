import { titleBlock } from './title-block.ts';
import { optimizationImpact } from './optimization-impact.ts';
import { hardware } from './hardware.ts';
import { configuration } from './configuration.ts';
import { configurationLimits } from './configuration-limits.ts';
import { configurationRates } from './configuration-rates.ts';
import { usageAt25 } from './usage-at-25.ts';
import { usageAt35 } from './usage-at-35.ts';
import { usageAt100 } from './usage-at-100.ts';
import { capacityLimits } from './capacity-limits.ts';
import { deployment } from './deployment.ts';
import { rampUp } from './ramp-up.ts';
import { health } from './health.ts';
import { capacityTest } from './capacity-test.ts';
import { scaling } from './scaling.ts';
import { scalingPath } from './scaling-path.ts';
import { characteristics } from './characteristics.ts';
import { monitoring } from './monitoring.ts';
import { cost } from './cost.ts';
import { sendBuffer } from './send-buffer.ts';
import { subscriptionIndex } from './subscription-index.ts';
import { projectedResults } from './projected-results.ts';
import { referenceCard } from './reference-card.ts';
import { migration } from './migration.ts';
import { rollback } from './rollback.ts';
import { footer } from './footer.ts';
import type { Section } from '../claim.ts';

/** The source document's claims in its own order; a section may have several parts. */
export const sections: readonly Section[] = [
  titleBlock,
  optimizationImpact,
  hardware,
  configuration,
  configurationLimits,
  configurationRates,
  usageAt25,
  usageAt35,
  usageAt100,
  capacityLimits,
  deployment,
  rampUp,
  health,
  capacityTest,
  scaling,
  scalingPath,
  characteristics,
  monitoring,
  cost,
  sendBuffer,
  subscriptionIndex,
  projectedResults,
  referenceCard,
  migration,
  rollback,
  footer,
];
