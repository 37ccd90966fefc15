// The package in real Chromium, without a build: same numbers as Node, decoding by the browser, the microphone.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Voiceprint } from '../../npm/dist/index.node.js';
import { launchChromium, skipWithoutChromium } from '../install/chromium.mjs';
import { STRICT_POLICY, serve } from '../install/static-server.mjs';
import { dist, otherSpeechFile, readWav16, speechFile, temporaryFolder, wav16 } from './support.mjs';

const TOLERANCE = 1e-4;
const skip = skipWithoutChromium;
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const site = temporaryFolder();
const microphoneFile = join(site, 'microphone.wav');
const FAKE_MICROPHONE = ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${microphoneFile}`];
const GRANTED = '--use-fake-ui-for-media-stream';

let server;
let node;

before(async () => {
  if (skip) return;
  cpSync(dist, join(site, 'voiceprint-wasm'), { recursive: true });
  copyFileSync(speechFile, join(site, 'a.wav'));
  copyFileSync(otherSpeechFile, join(site, 'b.wav'));
  writeFileSync(join(site, 'text.wav'), 'no recording');
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>test</title><button type="button">start</button>');
  // The fake microphone repeats its file: 44.1 kHz, speech and a pause.
  const { samples } = readWav16(speechFile);
  const resampled = new Float32Array(Math.floor((samples.length * 44100) / 16000) + 44100);
  for (let i = 0; i < resampled.length - 44100; i++) {
    const at = (i * 16000) / 44100;
    const k = Math.floor(at);
    resampled[i] = samples[k] + (at - k) * ((samples[k + 1] ?? 0) - samples[k]);
  }
  writeFileSync(microphoneFile, wav16({ samples: resampled, sampleRateHz: 44100 }));
  server = await serve(site);
  node = await Voiceprint.load();
});
after(async () => {
  await node?.dispose();
  await server?.close();
});

/** Opens the empty page in a fresh browser, runs `use`, and fails on any request to another origin. */
async function inPage(flags, use, origin = server.origin) {
  const browser = await launchChromium(flags);
  try {
    const page = await browser.newPage();
    const foreign = [];
    page.context().on('request', (request) => request.url().startsWith(origin) || foreign.push(request.url()));
    await page.goto(`${origin}/`);
    await use(page);
    assert.deepEqual(foreign.filter((url) => !url.startsWith('blob:')), []);
  } finally {
    await browser.close();
  }
}

/** Runs in the page: the code of the error that `call` rejects with. */
const installHelpers = (page) =>
  page.evaluate(async () => {
    Object.assign(window, await import('/voiceprint-wasm/index.js'));
    window.fetchBlob = async (path) => (await fetch(path)).blob();
    window.codeOf = (promise) => promise.then(() => 'no error', (error) => (error instanceof VoiceprintError ? error.code : String(error)));
  });

/** A page where the user has clicked, as browsers want before a microphone opens. */
async function inClickedPage(flags, use) {
  await inPage(flags, async (page) => {
    await installHelpers(page);
    await page.click('button');
    await use(page);
  });
}

describe('in Chromium', () => {
  it('gives what Node gives, in a worker and without', { skip }, () =>
    inPage([], async (page) => {
      await installHelpers(page);
      const expected = await node.compare(speechFile, otherSpeechFile);
      for (const worker of [true, false]) {
        const result = await page.evaluate(async (worker) => {
          const voiceprint = await Voiceprint.load({ worker });
          const comparison = await voiceprint.compare(await fetchBlob('/a.wav'), await (await fetchBlob('/b.wav')).arrayBuffer());
          await voiceprint.dispose();
          return comparison;
        }, worker);
        assert.ok(Math.abs(result.score - expected.score) <= TOLERANCE, `${result.score} ${expected.score}`);
        assert.equal(result.decision, expected.decision);
        assert.deepEqual(result.quality, expected.quality);
      }
    }));

  it('decodes FLAC at its own rate, and refuses it truncated', { skip: skip || (!hasFfmpeg && 'no ffmpeg to make FLAC') }, () =>
    inPage([], async (page) => {
      const flac = join(site, 'b.flac');
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', otherSpeechFile, '-ar', '44100', '-ac', '2', flac]);
      writeFileSync(join(site, 'cut.flac'), readFileSync(flac).subarray(0, 60000));
      const expected = await node.compare(speechFile, flac);
      await installHelpers(page);
      const [score, code] = await page.evaluate(async () => {
        const voiceprint = await Voiceprint.load();
        const { score } = await voiceprint.compare(await fetchBlob('/a.wav'), await fetchBlob('/b.flac'));
        return [score, await codeOf(voiceprint.embed(await fetchBlob('/cut.flac')))];
      });
      assert.ok(Math.abs(score - expected.score) <= TOLERANCE, `${score} ${expected.score}`);
      assert.ok(['truncated', 'corrupt_data', 'unsupported_format'].includes(code), code);
    }));

  it('refuses what is no recording', { skip }, () =>
    inPage([], async (page) => {
      await installHelpers(page);
      const codes = await page.evaluate(async () => {
        const voiceprint = await Voiceprint.load();
        const fakeFlac = new Blob(['fLaC', new Uint8Array(1000)]);
        return [
          await codeOf(voiceprint.embed(await fetchBlob('/text.wav'))),
          await codeOf(voiceprint.embed(fakeFlac)),
          await codeOf(voiceprint.embed(new Blob([]))),
          await codeOf(voiceprint.embed('/nowhere.wav')),
          await codeOf(voiceprint.embed('http://[')),
          await codeOf(voiceprint.embed('a.wav', { signal: AbortSignal.abort() })),
        ];
      });
      assert.deepEqual(codes, ['unsupported_format', 'unsupported_format', 'empty_audio', 'io', 'invalid_argument', 'aborted']);
    }));

  it('tells a missing model and missing files of its own', { skip }, () =>
    inPage([], async (page) => {
      await installHelpers(page);
      const codes = await page.evaluate(async () => [
        await codeOf(Voiceprint.load({ model: '/nowhere' })),
        await codeOf(Voiceprint.load({ assetBase: '/nowhere', worker: false })),
        await codeOf(Voiceprint.load({ assetBase: '/nowhere' })),
        await codeOf(Voiceprint.load({ assetBase: '/voiceprint-wasm' })),
      ]);
      assert.deepEqual(codes, ['model_not_found', 'network', 'unsupported_environment', 'no error']);
    }));

  for (const isolated of [false, true]) {
    it(`with two threads asked for, ${isolated ? 'in a cross-origin isolated page' : 'where there is only one'}`, { skip }, async () => {
      const headers = isolated ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } : {};
      const other = await serve(site, STRICT_POLICY, headers);
      const { vector } = await node.embed(speechFile);
      await inPage(
        [],
        async (page) => {
          await installHelpers(page);
          assert.equal(await page.evaluate(() => crossOriginIsolated), isolated);
          const result = await page.evaluate(async () => {
            const voiceprint = await Voiceprint.load({ threads: 2 });
            return [...(await voiceprint.embed(await fetchBlob('/a.wav'))).vector];
          });
          result.forEach((value, i) => assert.ok(Math.abs(value - vector[i]) < TOLERANCE));
        },
        other.origin,
      );
      await other.close();
    });
  }

  it('tells a policy that forbids WebAssembly', { skip }, async () => {
    const strict = await serve(site, "default-src 'self'");
    await inPage(
      [],
      async (page) => {
        await installHelpers(page);
        assert.equal(await page.evaluate(() => codeOf(Voiceprint.load())), 'unsupported_environment');
      },
      strict.origin,
    );
    await strict.close();
  });
});

describe('the microphone, in Chromium', () => {
  it('is recorded as it is, with level and speech while it runs', { skip }, () =>
    inClickedPage([...FAKE_MICROPHONE, GRANTED], async (page) => {
      const result = await page.evaluate(async () => {
        const levels = [];
        const speech = [];
        const voiceprint = Voiceprint.load();
        await voiceprint;
        const recorder = await Recorder.start({ voiceprint, onLevel: (level) => levels.push(level), onSpeech: (seconds) => speech.push(seconds) });
        await new Promise((resolve) => setTimeout(resolve, 4000));
        const snapshot = recorder.snapshot();
        const pcm = await recorder.stop();
        const { decision, score, quality } = await (await voiceprint).compare(pcm, await fetchBlob('/a.wav'));
        return {
          settings: recorder.settings,
          levels,
          speech,
          seconds: pcm.samples.length / pcm.sampleRateHz,
          snapshotSeconds: snapshot.samples.length / snapshot.sampleRateHz,
          rate: pcm.sampleRateHz,
          again: await codeOf(recorder.stop()),
          decision,
          score,
          quality: quality[0],
        };
      });
      const { settings, levels, speech, quality } = result;
      assert.deepEqual([settings.echoCancellation, settings.noiseSuppression, settings.autoGainControl], [false, false, false]);
      assert.equal(settings.sampleRateHz, result.rate);
      assert.ok(result.seconds > 3.5 && result.seconds < 5.5, `${result.seconds} s`);
      assert.ok(result.snapshotSeconds > 3 && result.snapshotSeconds <= result.seconds);
      assert.ok(levels.length > 40, `${levels.length} levels`);
      assert.ok(levels.every(({ rmsDbfs, peakDbfs }) => rmsDbfs >= -120 && rmsDbfs <= peakDbfs && peakDbfs <= 0));
      assert.ok(speech.length >= 3 && speech.at(-1) > 1, `${speech}`);
      assert.ok(quality.netSpeechS > 1.5, `${quality.netSpeechS} s of speech`);
      assert.notEqual(result.score, null);
      assert.equal(result.again, 'disposed');
    }));

  it('is listed, tells when speech begins and ends, and hands on its samples without keeping them', { skip }, () =>
    inClickedPage([...FAKE_MICROPHONE, GRANTED], async (page) => {
      const result = await page.evaluate(async () => {
        const voiceprint = await Voiceprint.load();
        const before = (await Recorder.devices()).length;
        const events = [];
        const recorder = await Recorder.start({ voiceprint, onSpeaking: (isSpeaking) => events.push(isSpeaking) });
        await new Promise((resolve) => setTimeout(resolve, 6000)); // 3.2 s of speech, then a pause of a second
        await recorder.stop();
        const devices = await Recorder.devices();
        let numSamples = 0;
        let numEndings = 0;
        const through = await Recorder.start({
          keep: false,
          deviceId: devices[0].deviceId,
          onSamples: ({ samples, sampleRateHz }) => {
            numSamples += samples.length / sampleRateHz;
          },
          onEnded: () => numEndings++,
        });
        await new Promise((resolve) => setTimeout(resolve, 1500));
        const kept = (await through.stop()).samples.length;
        const refused = await codeOf(Recorder.start({ keep: false, voiceprint, onSpeech: () => {} }));
        return { before, events, devices, seconds: numSamples, kept, numEndings, refused };
      });
      assert.ok(result.before >= 1 && result.devices.length >= 1);
      assert.ok(result.devices.every(({ deviceId, label }) => deviceId !== '' && label !== ''));
      assert.deepEqual(result.events.slice(0, 2), [true, false]);
      assert.ok(result.seconds > 1 && result.seconds < 2.5, `${result.seconds} s`);
      assert.deepEqual([result.kept, result.numEndings, result.refused], [0, 0, 'invalid_argument']);
    }));

  it('ends by itself at maxDurationS', { skip }, () =>
    inClickedPage([...FAKE_MICROPHONE, GRANTED], async (page) => {
      const [ended, seconds] = await page.evaluate(async () => {
        let onEnded;
        const end = new Promise((resolve) => {
          onEnded = resolve;
        });
        const recorder = await Recorder.start({ maxDurationS: 0.5, onEnded });
        return [await end, (await recorder.stop()).samples.length / recorder.settings.sampleRateHz];
      });
      assert.equal(ended, null);
      assert.ok(Math.abs(seconds - 0.5) < 1e-4, `${seconds} s`);
    }));

  it('that is unplugged is told once, and what was recorded is kept', { skip }, () =>
    inClickedPage([...FAKE_MICROPHONE, GRANTED], async (page) => {
      const { codes, seconds, early } = await page.evaluate(async () => {
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        let track;
        navigator.mediaDevices.getUserMedia = async (constraints) => {
          const stream = await open(constraints);
          [track] = stream.getAudioTracks();
          return stream;
        };
        const unplug = () => track.dispatchEvent(new Event('ended')); // as the browser does when the device goes away
        const codes = [];
        const recorder = await Recorder.start({ onEnded: (error) => codes.push(error.code) });
        await new Promise((resolve) => setTimeout(resolve, 1000));
        unplug();
        unplug();
        const pcm = await recorder.stop();
        const second = await Recorder.start({});
        unplug();
        return { codes, seconds: pcm.samples.length / pcm.sampleRateHz, early: await codeOf(second.stop()) };
      });
      assert.deepEqual(codes, ['microphone_lost']);
      assert.ok(seconds > 0.5 && seconds < 2, `${seconds} s`);
      assert.equal(early, 'microphone_lost');
    }));

  it('is given back on cancel and on abort', { skip }, () =>
    inClickedPage([...FAKE_MICROPHONE, GRANTED], async (page) => {
      const { states, codes, kept } = await page.evaluate(async () => {
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        const tracks = [];
        navigator.mediaDevices.getUserMedia = async (constraints) => {
          const stream = await open(constraints);
          tracks.push(...stream.getTracks());
          return stream;
        };
        const first = await Recorder.start();
        first.cancel();
        const abort = new AbortController();
        const second = await Recorder.start({ signal: abort.signal });
        await new Promise((resolve) => setTimeout(resolve, 300));
        abort.abort();
        const codes = [await codeOf(first.stop()), await codeOf(second.stop()), await codeOf(Recorder.start({ signal: AbortSignal.abort() }))];
        return { states: tracks.map(({ readyState }) => readyState), codes, kept: second.snapshot().samples.length };
      });
      assert.deepEqual(states, ['ended', 'ended']);
      assert.deepEqual(codes, ['disposed', 'aborted', 'aborted']);
      assert.equal(kept, 0);
    }));

  it('that the user refuses', { skip }, () =>
    inClickedPage(FAKE_MICROPHONE, async (page) => {
      await page.context().clearPermissions();
      assert.equal(await page.evaluate(() => codeOf(Recorder.start())), 'microphone_denied');
    }));

  it('that does not exist', { skip }, () =>
    inClickedPage([GRANTED], async (page) => {
      assert.equal(await page.evaluate(() => codeOf(Recorder.start())), 'microphone_missing');
    }));

  it('that is asked for by an unknown id', { skip }, () =>
    inClickedPage([...FAKE_MICROPHONE, GRANTED], async (page) => {
      assert.equal(await page.evaluate(() => codeOf(Recorder.start({ deviceId: 'no such device' }))), 'microphone_missing');
    }));

  it('is not opened before a user gesture', { skip }, () =>
    inPage([...FAKE_MICROPHONE, GRANTED], async (page) => {
      // By the page's own script: whatever Playwright evaluates counts as a gesture.
      writeFileSync(join(site, 'eager.html'), '<!doctype html><script type="module" src="eager.js"></script>');
      writeFileSync(
        join(site, 'eager.js'),
        `import { Recorder } from './voiceprint-wasm/index.js';
         Recorder.start().then(() => 'no error', ({ code }) => code).then(console.log);`,
      );
      const told = page.waitForEvent('console', { predicate: (message) => message.type() === 'log' });
      await page.goto(`${server.origin}/eager.html`);
      assert.equal((await told).text(), 'unsupported_environment');
    }));
});
