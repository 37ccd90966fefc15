// The sentences of the page, apart from any browser: what a number becomes in words, and every error its cure.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { errorModule, importFromPage, skip } from './web-modules.mjs';

const modules = ['language', 'words/numbers', 'words/evidence', 'words/verdict', 'words/quality', 'words/live-hint', 'words/live-speaker', 'words/problem'];

describe('words', { skip }, () => {
  let words, VoiceprintError;
  before(async () => {
    words = await importFromPage('words', modules);
    ({ VoiceprintError } = await import(errorModule));
  });

  const quality = {
    ok: true,
    reasons: [],
    durationS: 6,
    netSpeechS: 5.4,
    levelDbfs: -20,
    peakDbfs: -3,
    clippedFraction: 0.034,
    snrDb: 2.4,
    bandwidthHz: 2140,
  };
  const point = { measuredFalseAlarmRate: 0.0102, measuredMissRate: 0.31 };
  const comparison = {
    score: 0.5,
    llr: 2,
    probability: 0.88,
    decision: 'accept',
    quality: [quality, quality],
    threshold: point,
  };

  test('a probability never becomes certainty', () => {
    assert.equal(words.probabilityPercent(1), 'over 99.9%');
    assert.equal(words.probabilityPercent(0), 'under 0.1%');
    assert.equal(words.probabilityPercent(0.9946), '99.5%');
    assert.equal(words.probabilityPercent(0.5), '50%');
    assert.equal(words.probabilityPercent(0.004), '0.4%');
  });

  test('rates read as percentages and as one in so many', () => {
    assert.equal(words.percent(0.112), '11%');
    assert.equal(words.percent(0.058), '5.8%');
    assert.equal(words.percent(0.05), '5%');
    assert.equal(words.percent(0.001), '0.1%');
    assert.equal(words.percent(0), '0%');
    assert.equal(words.percent(0.1), '10%');
    assert.equal(words.shareOf(0.0102, 'pairs'), '1 in 98 pairs');
    assert.equal(words.shareOf(0.0001, 'pairs'), '1 in 10,000 pairs');
    assert.equal(words.shareOf(0.31, 'pairs'), '31% of pairs');
    assert.equal(words.shareOf(0, 'pairs'), 'none of the pairs');
  });

  test('seconds, signs and bytes', () => {
    assert.equal(words.seconds(3.04), '3.0 s');
    assert.equal(words.seconds(59.97), '1:00 min');
    assert.equal(words.seconds(65.4), '1:05 min');
    assert.equal(words.signed(-3.606, 2), '−3.61');
    assert.equal(words.signed(0.001, 2), '0.00');
    assert.equal(words.plain(-0.2, 1), '−0.2');
    assert.equal(words.bytes(2_840_000), '2.8 MB');
  });

  test('the likelihood ratio in words, both ways, and never beyond what tests can show', () => {
    assert.equal(words.evidenceWords(Math.log(40)), 'About 40 times more typical of one person than of two');
    assert.equal(words.evidenceWords(-Math.log(365)), 'About 370 times more typical of two people than of one');
    assert.equal(words.evidenceWords(Math.log(3.5)), 'About 3.5 times more typical of one person than of two');
    assert.equal(words.evidenceWords(0.01), 'As typical of one person as of two');
    assert.equal(words.evidenceWords(400), 'More than 1,000 times more typical of one person than of two');
    assert.equal(words.evidenceStrength(0.1), 'No real evidence');
    assert.equal(words.evidenceStrength(-1.5), 'Weak, for two people');
    assert.equal(words.evidenceStrength(Math.log(50)), 'Moderate, for one person');
    assert.equal(words.evidenceStrength(9), 'Strong, for one person');
  });

  test('every decision has its sentence, and a decision against the evidence says so', () => {
    const headline = (decision, llr, probability = 0.88) =>
      words.comparisonWords({ ...comparison, decision, llr, probability }).headline;
    assert.equal(headline('accept', 2), 'Probably the same person');
    assert.equal(headline('accept', 2, 0.07), 'Alike enough to accept, yet one person remains unlikely');
    for (const llr of [-0.67, 0.05, 0.69]) assert.equal(headline('accept', llr), 'Too close to call; this setting accepts');
    assert.equal(headline('accept', -0.8), 'Accepted, but only at this lenient setting');
    assert.equal(headline('reject', -0.4), 'Too close to call; this setting does not accept');
    assert.equal(headline('reject', -2), 'Probably two different people');
    assert.equal(headline('reject', 1.2), 'Not alike enough to accept at this setting');
    assert.match(headline('inconclusive', null), /^No answer/);
    const tone = (decision, llr) => words.comparisonWords({ ...comparison, decision, llr }).tone;
    assert.equal(tone('accept', 2), 'accept');
    assert.equal(tone('reject', -2), 'reject');
    for (const [decision, llr] of [['accept', 0.05], ['accept', -0.8], ['reject', 1.2]]) assert.equal(tone(decision, llr), 'inconclusive');
    const twice = words.comparisonWords({ ...comparison, score: 1, llr: 14 });
    assert.equal(twice.headline, 'These are the same recording');
    assert.equal(twice.isTelling, false);
    assert.match(words.errorRateWords('accept', point), /1 in 98 pairs of different people/);
    assert.match(words.errorRateWords('reject', point), /31% of pairs of recordings by one person/);
    assert.equal(words.errorRateWords('inconclusive', point), '');
  });

  test('a verification names the person, and says when it goes against the evidence', () => {
    const verification = { ...comparison, name: 'Zoë', quality };
    const told = (decision, llr) => words.verificationWords({ ...verification, decision, llr });
    assert.equal(told('accept', 2).headline, 'Accepted: this is probably Zoë');
    assert.equal(words.verificationWords({ ...verification, probability: 0.07 }).headline, 'Alike enough to accept, yet Zoë remains unlikely');
    assert.equal(told('accept', -0.67).headline, 'Too close to call; this setting accepts it as Zoë');
    assert.match(told('accept', -0.8).headline, /evidence does not speak for Zoë/);
    assert.match(told('accept', -0.8).meaning, /setting in use.* leans towards somebody else/);
    assert.equal(told('reject', -2).headline, 'Not accepted as Zoë');
    assert.equal(told('reject', 0.4).headline, 'Too close to call; this setting does not accept it as Zoë');
    assert.match(told('reject', 1.4).meaning, /leans towards this person/);
    const silent = { ...quality, ok: false, reasons: ['no_speech'] };
    const unclear = words.verificationWords({ ...verification, decision: 'inconclusive', llr: null, quality: silent });
    assert.deepEqual(
      unclear.cures.map(({ finding }) => finding),
      ['No speech was found.'],
    );
  });

  test('who speaks now is told with no more claim than the latest seconds make', () => {
    const told = (llr, thresholdLlr, state = 'known') => {
      const candidates = [{ name: 'Zoë', llr }];
      const identification = { decision: 'accept', candidates, threshold: { thresholdLlr }, quality };
      return words.speakerWords({ speaker: { state, name: 'Zoë' }, identification });
    };
    assert.deepEqual(told(2, -0.7), {
      headline: 'Most like Zoë',
      hint: 'The most alike of the enrolled voices, and alike enough for this setting.',
    });
    for (const llr of [-0.5, 0.3]) assert.match(told(llr, -0.7).hint, /hardly speak for this voice/);
    assert.match(told(3.5, 4).hint, /a little less alike than this setting asks for/);
    assert.match(told(-1.2, -0.7).hint, /a little less alike/);
    assert.equal(told(-3, -0.7, 'unknown').headline, 'Somebody unknown');
    assert.equal(words.speakerWords(null).headline, 'Listening…');
  });

  test('every quality reason has a finding and a cure', () => {
    for (const reason of [
      'too_short',
      'too_quiet',
      'clipped',
      'noisy',
      'no_speech',
      'different_speaker',
      'band_limited',
    ]) {
      const [note] = words.qualityNotes({ ...quality, ok: false, reasons: [reason] });
      assert.ok(note.finding.length > 10 && note.cure.length > 20, reason);
    }
    const [short] = words.qualityNotes({ ...quality, netSpeechS: 0.64, reasons: ['too_short'] });
    assert.deepEqual(short, { finding: 'Too short: only 0.6 s of speech.', cure: 'Speak for at least 5 seconds.' });
  });

  test('where there is no speech, nothing else is said', () => {
    assert.deepEqual(
      words.qualityNotes({ ...quality, reasons: ['too_quiet', 'no_speech'] }).map(({ finding }) => finding),
      ['No speech was found.'],
    );
  });

  test('speech that is heard and cannot be judged is told from silence, and from speech that has only begun', () => {
    const told = (...reasons) => words.unclearSpeech({ ...quality, ok: reasons.length === 0, reasons });
    assert.match(told('noisy'), /^Noisy: .* quieter place/);
    assert.match(told('too_quiet', 'noisy'), /^Too quiet: .*Noisy: /);
    for (const reasons of [[], ['no_speech'], ['too_quiet', 'no_speech'], ['noisy', 'too_short']]) assert.equal(told(...reasons), null, `${reasons}`);
  });

  test('hints while someone speaks', () => {
    const level = { elapsedS: 3, netSpeechS: 2, levelDbfs: -22, peakDbfs: -8 };
    const tone = (part) => words.liveHint({ ...level, ...part }).tone;
    const hint = (part) => words.liveHint({ ...level, ...part }).text;
    assert.match(hint({}), /Good/);
    assert.match(hint({ netSpeechS: 5.1 }), /enough/);
    assert.match(hint({ peakDbfs: 0, netSpeechS: 9 }), /Too loud/);
    assert.match(hint({ peakDbfs: -40 }), /quiet/);
    assert.match(hint({ peakDbfs: -80, netSpeechS: 0 }), /muted/);
    assert.match(hint({ peakDbfs: -80, netSpeechS: null }), /muted/);
    assert.match(hint({ netSpeechS: 0 }), /No speech yet/);
    assert.match(hint({ elapsedS: 0.2, netSpeechS: null, peakDbfs: -120 }), /Speak now/);
    assert.equal(tone({ peakDbfs: -80 }), 'wait', 'a pause between sentences is no fault');
  });

  test('every error that a user can cause has words of its own, and any other still has a cure', () => {
    const general = words.problemOf(new Error('anything'), 'recording')();
    assert.ok(general.cure.length > 10);
    for (const code of [
      'unsupported_format',
      'corrupt_data',
      'truncated',
      'empty_audio',
      'non_finite_sample',
      'too_short',
      'out_of_memory',
      'model_not_found',
      'model_corrupt',
      'manifest_invalid',
      'manifest_version',
      'timeout',
      'microphone_denied',
      'microphone_missing',
      'microphone_lost',
      'unsupported_environment',
      'network',
    ]) {
      const problem = words.problemOf(new VoiceprintError(code, 'for programmers'), 'recording')();
      assert.notDeepEqual(problem, general, code);
      assert.ok(problem.title.endsWith('.') && problem.cure.endsWith('.'), code);
    }
    assert.deepEqual(words.problemOf(new VoiceprintError('internal', 'x'), 'recording')(), general);
    const damaged = (activity) => words.problemOf(new VoiceprintError('gallery_corrupt', 'x'), activity)().title;
    assert.match(damaged('people'), /stored in this browser/);
    assert.match(damaged('importing'), /not a file of voiceprints/);
  });

  test('every sentence exists in Chinese and is not left in English', async () => {
    // Arguments are texts, numbers, choices or lists of texts; whatever they are, the words around them are seen.
    const call = (sentence) => {
      try {
        return sentence('weak', 1, true);
      } catch {
        return sentence(['weak'], 1, true);
      }
    };
    const texts = (value) => {
      if (typeof value === 'string') return [value];
      if (typeof value === 'function') return texts(call(value));
      return Object.values(value).flatMap(texts);
    };
    words.language.value = 'en';
    const english = texts(words.say());
    words.language.value = 'zh';
    const chinese = texts(words.say());
    words.language.value = 'en';
    assert.equal(chinese.length, english.length);
    const alike = english.filter((text, i) => text === chinese[i]);
    assert.deepEqual(
      alike.filter((text) => !/^(EER|SHA-256|LLR|LLR weak)$/.test(text)),
      [],
    );
    // Letters of other words than names and units.
    const allowed =
      /WAV|MP3|M4A|OGG|FLAC|Firefox|Chrome|Edge|Safari|https|localhost|manifest\.json|model\.onnx|\.onnx|\.json|\.vpg|JSON|RTTM|EER|DET|LLR|SHA-256|Fbank|WebAssembly|Cookie|cohort|dBFS|dB|kHz|MB|weak|true|undefined|\bA\b|\bB\b/g;
    for (const text of chinese) assert.doesNotMatch(text.replace(allowed, ''), /[A-Za-z]{3,}/, text);
  });

  test('a problem is told in the language of the moment that it is shown', () => {
    const problem = words.problemOf(new VoiceprintError('truncated', 'x'), 'recording');
    assert.match(problem().title, /breaks off/);
    words.language.value = 'zh';
    assert.match(problem().title, /不完整/);
    assert.equal(words.shareOf(0.0102, 'pairs'), '每 98 个录音对中有 1 个');
    words.language.value = 'en';
  });

  test('one thing and several things', () => {
    const { missing } = words.say().verdict;
    assert.equal(missing(['A']), 'Still needed: recording A.');
    assert.equal(missing(['A', 'B']), 'Still needed: recordings A and B.');
  });
});
