import type { Words } from '../en';

export const about: Words['about'] = {
  heading: '它有多可信？',
  intro: '测得的结果、做不到的事情，以及哪些内容留在本设备上。',

  facts: {
    heading: '准确程度如何？',
    waiting: '模型加载后显示。',
    text: '用网络在训练中从未听过的人的声音测得。等错误率（EER）是两类错误同样常见时的错误率，越低越好；随机猜测为 50%。阈值就是在这些录音上设定的，所以在别处错误会略多一些。',
    none: '该模型没有附带测得的错误率。在您自己测量之前，请不要依赖它。',
    recordings: '录音',
    eer: 'EER',
    interval: '95% 区间',
    range: (low, high) => `${low} 至 ${high}`,
    speakers: '说话人',
    conditions: {
      'common-voice': '句子，多种语言',
      'speechocean762-adults': '英语句子，成人',
      'speechocean762-children': '英语句子，儿童',
      'arabic-1s': '一秒长的单词',
    },
  },

  tradeOff: {
    heading: '两类错误',
    text: '设置越严格，误放的陌生人越少，误拒的本人越多。这就是该模型的检测错误权衡（DET）：每个点是一个可选的设置及其测得的错误率。越靠近左下角越好。',
    falseAlarms: '被误放的陌生人（虚警）',
    misses: '被误拒的本人（漏检）',
    falseAlarmsShort: '虚警',
    missesShort: '漏检',
    picture: '检测错误权衡：各设置下漏检率与虚警率的关系；表格内容相同',
    together: '所有录音合计，各类权重相同',
    setting: '设置',
    score: '所需分数',
    llr: '所需 LLR',
    standard: '默认',
    aim: (share) => `${share} 对`,
    equal: '两类错误相等',
    source: (trialList) => `在 ${trialList} 上测得。`,
  },

  model: {
    heading: '正在使用的模型',
    name: '名称',
    version: '版本',
    size: '大小',
    embedding: '声纹',
    numbers: (count) => `${count} 个数`,
    rate: '采样率',
    licence: '许可',
    allLicences: '全部许可',
    hash: 'SHA-256',
    runs: '运行方式',
    runsValue: 'WebAssembly，在一个工作线程中',
    load: '加载用时',
    loadValue: (seconds) => `${seconds} 秒`,
    choiceHeading: '用哪个模型？',
    builtIn: {
      small: { name: '小型', text: '随页面一起加载。' },
      base: { name: '基础', text: '在噪声中错误更少，用时更长；选择后才下载。' },
    },
    meanEer: (percent) => `平均 EER ${percent}`,
    choiceHint: '一个模型的声纹不能与另一个模型的比对：用另一个模型登记的人，换回那个模型后会重新出现。',

    ownHeading: '您自己的模型',
    ownText:
      '用本项目的训练程序得到的网络可以代替自带的模型：请同时选择它的 model.onnx 和 manifest.json（如有 cohort 文件也一并选择），或把它们拖到这里。它们只留在这个标签页里。',
    choose: '选择模型文件',
    checking: '正在检查模型…',
    inUse: (name) => `正在使用 ${name}。其他模型的声纹不能与它比对。`,
    back: '恢复自带的模型',
  },

  timing: {
    heading: '时间花在哪里',
    none: '第一次比对之后显示。',
    caption: (audio) => `最近一次答案，处理了 ${audio}声音`,
    stage: '阶段',
    share: '占比',
    time: '用时',
    perSecond: '每秒声音',
    decode: '读取文件',
    frontEnd: '语音与特征（Fbank）',
    network: '网络',
    rest: '其余',
    all: '从调用到得到答案',
    times: (times) => `速度是收听的 ${times} 倍`,
    ms: (value) => `${value} 毫秒`,
    measured: '在本浏览器中测得，使用一个线程。',
  },

  limits: {
    heading: '它做不到的事情',
    items: [
      { strong: '它不能识破花招。', rest: '重放的录音、合成或克隆的声音，会像其他声音一样被评判。' },
      { strong: '它会出错，', rest: '录音短、嘈杂或发闷时更多；儿童、感冒、喊叫以及声音相像的亲属也是如此。' },
      { strong: '它不是证据。', rest: '不要仅凭它作出法律、财务或安全方面的决定。' },
    ],
  },

  privacy: {
    heading: '您的录音留在这里',
    text: '一切计算都在此浏览器中进行。不上传录音，没有 Cookie，没有统计分析，本页自身的安全策略也禁止它联系任何其他服务器。移除录音或关闭标签页后，录音即被忘记。保存下来的只有您登记的人的声纹，它们留在此浏览器中，直到您删除。',
    consent: '只比对同意这样做的人的声音。',
  },

  offline: {
    heading: '无需网络即可使用',
    ready: '本页已保存在本设备上，没有网络也能打开。浏览器会偶尔询问服务器有没有新版本，此外不告诉它任何事情。',
    pending: '正在保存本页，以便离线使用。',
    unavailable: '此浏览器不支持离线保存页面。',
    failed: '未能保存本页供离线使用；下次访问时会再试。',
    install: '大多数浏览器还可以从菜单中把它安装为应用。',
  },
};
