// Who spoke when, in files and as an error rate: RTTM read and written, and the core's measure through its binding.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseRttm, writeRttm } from '../../npm/dist/cli/rttm.js';
import { measureDiarization } from '../../npm/dist/core/diarization-error.js';
import { Core } from '../../npm/dist/core/module.js';
import { dist } from './support.mjs';

const line = (begin, duration, name) => `SPEAKER meeting 1 ${begin} ${duration} <NA> <NA> ${name} <NA> <NA>\n`;
const throwsInvalid = (run, message) =>
  assert.throws(run, (error) => {
    assert.equal(error.name, 'VoiceprintError', error.stack);
    assert.equal(error.code, 'invalid_argument');
    assert.match(error.message, message);
    assert.match(error.message, /\.$/);
    return true;
  });

describe('parseRttm', () => {
  it('reads turns and skips comments, empty lines and records of other types', () => {
    const text = [
      '\uFEFF;; made by hand',
      'SPKR-INFO meeting 1 <NA> <NA> <NA> unknown Ann <NA> <NA>',
      'SPEAKER meeting 1 0.5 2.25 <NA> <NA> Ann <NA> <NA>\r',
      '',
      '  # with tabs, an exponent, no tenth field; another recording',
      'speaker\tother.2\tA\t1e1\t.5\t<NA>\t<NA>\tJosé\t0.9',
      'LEXEME meeting 1 0.5 0.2 hello lex Ann 0.9 <NA>',
    ].join('\n');
    assert.deepEqual(parseRttm(text, 'a.rttm'), [
      { recording: 'meeting', beginS: 0.5, endS: 2.75, speaker: 'Ann' },
      { recording: 'other.2', beginS: 10, endS: 10.5, speaker: 'José' },
    ]);
    assert.deepEqual(parseRttm('', 'a.rttm'), []);
  });

  it('names file, line and field of what is no turn', () => {
    const refuses = (bad, message) => throwsInvalid(() => parseRttm(`${line(0, 1, 'Ann')}${bad}`, 'a.rttm'), message);
    for (const begin of ['-1', 'x', '<NA>', '1,5', '0x10', 'NaN', 'Infinity', '1e999', '1.2.3']) refuses(line(begin, 1, 'Ann'), /^a\.rttm, line 2, field 4: begin '.*' is no time; give seconds/);
    for (const duration of ['0', '0.000', '-1', '<NA>', '1s']) refuses(line(1, duration, 'Ann'), /line 2, field 5: duration '.*' is no length; .* or remove the line/);
    refuses('{"turns": []}\n', /line 2, field 1: '{"turns":' is no record of RTTM; a turn begins with SPEAKER/);
    refuses('SPEAKER meeting 1 0 1 Ann\n', /line 2: 6 fields; expected 'SPEAKER file channel begin duration/);
    refuses(line(1, 1, 'Ann Lee'), /line 2: 11 fields; .* names without blanks/);
  });
});

describe('writeRttm', () => {
  it('writes what parseRttm reads, in milliseconds, and turns that touch still do', () => {
    const turns = [
      { beginS: 0, endS: 1.23449, speaker: 'Ann' },
      { beginS: 1.23449, endS: 3600.0001, speaker: 'speaker-2' },
      { beginS: 5, endS: 5.0003, speaker: 'Ann' },
    ];
    const text = writeRttm(turns, 'my meeting');
    assert.equal(text, 'SPEAKER my_meeting 1 0.000 1.234 <NA> <NA> Ann <NA> <NA>\nSPEAKER my_meeting 1 1.234 3598.766 <NA> <NA> speaker-2 <NA> <NA>\n');
    const again = parseRttm(text, 'a.rttm');
    assert.equal(again.length, 2);
    assert.equal(again[0].endS, again[1].beginS);
    assert.equal(writeRttm(again, again[0].recording), text);
    assert.equal(writeRttm([], 'meeting'), '');
  });

  it('refuses names that would shift the fields', () => {
    for (const speaker of ['', 'Ann Lee', 'Ann\n']) throwsInvalid(() => writeRttm([{ beginS: 0, endS: 1, speaker }], 'meeting'), /holds blanks.*; rename it/);
  });
});

describe('measureDiarization', async () => {
  const core = await Core.instantiate(readFileSync(join(dist, 'voiceprint.wasm')));
  const turn = (beginS, endS, speaker) => ({ beginS, endS, speaker });

  it('gives the errors of each kind', () => {
    // Speaker 0 is called 1 and is missed in the last of six seconds; 1 is called 0 from the middle of the fifth.
    const reference = [turn(0, 4, 0), turn(4, 5, 1), turn(5, 6, 0)];
    const hypothesis = [turn(4.5, 5, 0), turn(0, 4.5, 1), turn(8, 9, 2)];
    assert.deepEqual(measureDiarization(core, reference, hypothesis, 0), { rate: 2.5 / 6, speechS: 6, missedS: 1, falseAlarmS: 1, confusionS: 0.5 });
    assert.deepEqual(measureDiarization(core, reference, hypothesis, 0.25), { rate: 1.75 / 4.5, speechS: 4.5, missedS: 0.5, falseAlarmS: 1, confusionS: 0.25 });
    assert.equal(measureDiarization(core, reference, [], 0).rate, 1);
  });

  it('refuses what has no rate, naming the turn', () => {
    assert.throws(() => measureDiarization(core, [], [], 0), { code: 'undefined_value' });
    assert.throws(() => measureDiarization(core, [turn(0, 1, 0)], [], 0.5), { code: 'undefined_value', message: /shorten the collar/ });
    throwsInvalid(() => measureDiarization(core, [turn(0, 1, 0)], [turn(0, 1, 0), turn(2, 1, 0)], 0), /^Hypothesis\[1\]/);
    throwsInvalid(() => measureDiarization(core, [turn(0, 1, 0.5)], [], 0), /^Reference\[0\]: the speaker/);
    throwsInvalid(() => measureDiarization(core, [turn(0, 1, 0)], [], -1), /collar/);
  });
});
