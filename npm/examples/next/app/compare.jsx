'use client'; // recordings stay in the browser, and so does the work

import { useState } from 'react';

/** Imported when it is first needed, so that the server never loads it. */
let loading = null;
const load = () => {
  loading ??= import('voiceprint-wasm').then(({ Voiceprint }) => Voiceprint.load());
  return loading;
};

export function Compare() {
  const [files, setFiles] = useState({});
  const [answer, setAnswer] = useState('');
  const choose = ({ target }) => setFiles({ ...files, [target.id]: target.files[0] });

  const compare = async () => {
    try {
      const voiceprint = await load();
      const { decision, score, llr, probability } = await voiceprint.compare(files.a, files.b);
      setAnswer(JSON.stringify({ decision, score, llr, probability }));
    } catch (error) {
      setAnswer(JSON.stringify({ error: error.code, message: error.message }));
    }
  };

  return (
    <main>
      <label>
        First recording <input type="file" accept="audio/*" id="a" onChange={choose} />
      </label>
      <label>
        Second recording <input type="file" accept="audio/*" id="b" onChange={choose} />
      </label>
      <button type="button" id="compare" onClick={compare}>
        Compare
      </button>
      <output>{answer}</output>
    </main>
  );
}
