import type { Words } from '../en';

export const verdict: Words['verdict'] = {
  heading: '是同一个人的声音吗？',
  intro: '请提供两段有人说话的录音。答案在您的设备上得出，声音不会离开本页。',
  compare: '比对这两个声音',
  comparing: '正在比对…',
  comparingStatus: '正在比对。',
  nothingAtHand: '手边没有录音？试试示例：',
  oneVoice: '同一个声音两次',
  or: '或',
  twoVoices: '两个不同的声音',
  ready: '说的话不同也没关系，重要的是声音。',
  missing: (slots) => `还缺少录音 ${slots.join(' 和 ')}。`,

  accept: {
    borneOut: { headline: '很可能是同一个人', meaning: '这两个声音的相似程度超过了此设置的要求。' },
    improbable: {
      headline: '相似程度足以接受，但仍不大可能是同一个人',
      meaning: '证据倾向于同一个人，但不足以抵消您在听之前认为的低可能性。',
    },
    tooClose: {
      headline: '难分上下；此设置予以接受',
      meaning: '录音几乎不能说明是同一个人还是两个人，而所用设置也不要求更多。更长或更清晰的录音也许能够判定。',
    },
    againstEvidence: {
      headline: '接受，但只因设置宽松',
      meaning: '对所用设置而言，这两个声音足够相似；但证据本身倾向于两个不同的人。',
    },
  },
  reject: {
    borneOut: { headline: '很可能是两个不同的人', meaning: '这两个声音的相似程度低于此设置的要求。' },
    tooClose: {
      headline: '难分上下；此设置不予接受',
      meaning: '录音几乎不能说明是同一个人还是两个人，而所用设置要求更多。更长或更清晰的录音也许能够判定。',
    },
    againstEvidence: {
      headline: '在此设置下相似度不足，不能接受',
      meaning: '证据倾向于同一个人，但没有达到此设置要求的强度。更长或更清晰的录音也许能够判定。',
    },
  },
  sameRecording: {
    headline: '这是同一段录音',
    meaning: '这不能说明声音的任何情况。请提供两段分别录制的录音。',
  },
  inconclusive: {
    headline: '没有答案：录音无法判定',
    weak: '证据太弱，无法偏向任何一方。',
    poor: '在这里猜测毫无价值，所以不作猜测。您可以这样做：',
  },
  stop: '。',
  finding: (slot, finding) => `录音 ${slot}：${finding}`,
  errorRate: {
    accept: (share) => `可信程度：在我们的测试中，${share}被误判成了这个结果。`,
    reject: (share) => `可信程度：在我们的测试中，${share}被误判成了这个结果。`,
  },
  things: { pairs: '录音对', people: '人', strangers: '不同人的录音对', samePerson: '同一人的录音对' },
  share: {
    none: (things) => `没有${things}`,
    percent: (percent, things) => `${percent} 的${things}`,
    oneIn: (count, things) => `每 ${count} 个${things}中有 1 个`,
  },

  ruler: {
    label: (unit, value, threshold) => `${unit} ${value}；判为“同一人”需要 ${threshold}。`,
    score: '分数',
    llr: 'LLR',
    needed: '需要',
    different: '两个不同的人',
    same: '同一个人',
    standing: (strangers, samePerson) =>
      `在我们的测试中，不同人的录音对${strangers === null ? '没有' : `有 ${strangers} `}达到或超过这个值，同一人的录音对${samePerson === null ? '没有' : `有 ${samePerson}`}。`,
    curves: '曲线显示这些测试录音对的分布；填色部分是此设置的错误：被误放的陌生人和被误拒的本人。',
    caption: '分数：两个声纹之间的余弦值，范围 −1 到 1。它既不是百分比，也不是概率。',
    captionLlr: '对数似然比（LLR）：大于 0 时录音倾向于同一个人，小于 0 时倾向于两个人。它既不是百分比，也不是概率。',
  },
  evidence: {
    term: '证据强度',
    none: '没有实质证据',
    strength: (level, onePerson) =>
      `${{ weak: '弱', moderate: '中等', strong: '强' }[level]}，倾向于${onePerson ? '同一个人' : '两个人'}`,
    even: '同一人与两个人的可能同样典型',
    ratio: (times, onePerson, atLeast) =>
      `这种结果在${onePerson ? '同一人时' : '两个人时'}出现的可能性${atLeast ? '超过' : '约为'}${onePerson ? '两个人时' : '同一人时'}的 ${times} 倍`,
    llr: (llr) => `对数似然比（LLR）${llr}。`,
  },
  probability: {
    term: '同一个人的概率',
    over: (percent) => `高于 ${percent}`,
    under: (percent) => `低于 ${percent}`,
    given: (prior) => `前提是：在听之前，您认为可能性为 ${prior}。`,
    prior: (prior) => `先验为 ${prior} 时的校准后验概率。`,
  },
  setting: {
    term: '有多严格？',
    label: '允许陌生人通过的频率',
    lenient: '宽松',
    strict: '严格',
    value: (share) => `${share}可能被误放`,
    passes: (count) => `100 对陌生人的录音中，${count} 对被误放`,
    fails: (count) => `100 对同一人的录音中，${count} 对被误拒`,
    lessThanOne: '不到 1',
    source: (trialList) => `在试验列表 ${trialList} 上测得；所用录音见模型卡。`,
  },
  prior: {
    label: '听之前，您认为是同一人的可能性',
    options: { '0.5': '50%：一半一半', '0.1': '10%：十分之一', '0.01': '1%：百分之一', '0.001': '0.1%：千分之一' },
    hint: '只影响概率，不影响判定。',
  },
  timing: (milliseconds, audio, times) =>
    `在本设备上用 ${milliseconds} 毫秒处理了 ${audio}声音：速度是收听的 ${times} 倍。`,
};
