import type { Report } from '../../src/report/model.ts';
import { sampleCapacityReport } from './capacity-report.ts';
import { sampleLoadReport, sampleRunReport, sampleVerifyReport } from './sample-reports.ts';

/** One of each kind. */
export const REPORTS: Record<string, Report> = {
  verify: sampleVerifyReport(),
  load: sampleLoadReport(),
  capacity: sampleCapacityReport(),
  run: sampleRunReport(),
  partial: sampleLoadReport({ outcome: 'inconclusive', isPartial: true, stopReason: 'Stopped.' }),
};

/** Every text a stranger could have put there. */
export const HOSTILE = sampleLoadReport({
  stopReason: 'a\u0000b]]>',
  isPartial: true,
  checks: [
    {
      id: 'x',
      claim: 'a <b> & "c" | `d` \u0001\ud800 %0A::error::',
      outcome: 'inconclusive',
      expected: '</testcase>',
      actual: '<script>alert(1)</script>',
      evidence: 'line 1\nline 2 ]]>',
      remedy: "it's [a](http://b)",
    },
  ],
});
