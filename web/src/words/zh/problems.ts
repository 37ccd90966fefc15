import type { Words } from '../en';

const brokenModel = {
  title: '服务器上的模型已损坏。',
  cure: '请网站管理者重新复制全部构建文件。',
};

export const problems: Words['problems'] = {
  codes: {
    unsupported_format: {
      title: '这里无法读取该文件，它不是可识别的音频文件。',
      cure: 'WAV 始终可用；MP3、M4A、OGG 和 FLAC 在大多数浏览器中可用。',
    },
    corrupt_data: { title: '该音频文件已损坏。', cure: '请重新导出或下载，或重新录音。' },
    truncated: { title: '该音频文件不完整，提前中断。', cure: '请重新下载或复制：有一部分缺失。' },
    empty_audio: { title: '这段录音里没有声音。', cure: '请选择其他文件，或用麦克风录音。' },
    non_finite_sample: { title: '该音频文件含有不是数字的数值。', cure: '请用制作它的程序重新导出。' },
    too_short: { title: '这段录音太短，无法分析。', cure: '请使用至少含五秒语音的录音。' },
    out_of_memory: {
      title: '这段录音太长，超出了浏览器的内存。',
      cure: '请截取此人说话的半分钟，再使用它。',
    },
    model_not_found: {
      title: '服务器上缺少模型。',
      cure: '没有它就无法比对。请网站管理者重新复制全部构建文件。',
    },
    model_corrupt: brokenModel,
    manifest_invalid: brokenModel,
    manifest_version: {
      title: '该模型属于本页面的另一个版本。',
      cure: '请重新加载页面；若仍然如此，请网站管理者重新构建。',
    },
    timeout: { title: '耗时过长，已停止。', cure: '请用较短的录音重试，或关闭其他程序。' },
    microphone_denied: {
      title: '麦克风未获许可。',
      cure: '请在地址栏或系统设置中允许本页使用麦克风，然后再次按“录音”。不用麦克风也可以使用文件。',
    },
    microphone_missing: {
      title: '没有找到麦克风。',
      cure: '请接上麦克风，或关闭占用它的程序，然后再次按“录音”。不用麦克风也可以使用文件。',
    },
    microphone_lost: { title: '麦克风已断开。', cure: '请重新接上后按“录音”，或选择文件。' },
    unsupported_environment: {
      title: '此浏览器缺少本页所需的功能。',
      cure: '请使用新版 Firefox、Chrome、Edge 或 Safari，并通过 https 或 localhost 访问。',
    },
    already_enrolled: { title: '已经登记了同名的人。', cure: '请换一个名称。' },
    not_enrolled: { title: '这里没有登记这个名称的人。', cure: '请从列表中选择；可能已在其他标签页中删除。' },
    gallery_corrupt: {
      title: '保存在此浏览器中的声纹已损坏。',
      cure: '它们无法再读取。请在“人员”中全部删除；然后取回副本，或重新登记这些人。',
    },
    gallery_version: { title: '这些声纹由本页的更新版本写入。', cure: '请重新加载页面以获得最新版本。' },
    gallery_model: {
      title: '这些声纹属于另一个模型。',
      cure: '只有录音才能从一个模型带到另一个：请重新登记这些人。',
    },
    wrong_key: { title: '口令不对。', cure: '请输入保存文件时所用的口令。没有它就无法读取其中的声纹。' },
    storage_full: { title: '浏览器不再给本页更多存储空间。', cure: '请在设备上腾出空间后重试；之前保存的内容仍在。' },
    storage_unavailable: {
      title: '无法使用此浏览器的存储。',
      cure: '请离开隐私窗口，或允许本页保存网站数据，然后重新加载。',
    },
    network: { title: '页面的一部分未能加载。', cure: '请检查网络连接后重试。' },
  },
  activities: {
    model: { title: '模型未能加载。', cure: '请重新加载页面。没有模型就无法比对。' },
    microphone: { title: '无法打开麦克风。', cure: '请确认没有其他程序占用它，或选择文件。' },
    recording: { title: '无法读取这段录音。', cure: '请选择其他文件，或用麦克风录音。' },
    people: { title: '无法使用声纹。', cure: '请重试；若仍然如此，请重新加载页面。' },
    importing: { title: '未能导入该文件。', cure: '请重试；若仍然如此，请重新加载页面。' },
    comparison: { title: '比对因错误而停止。', cure: '请重试；若仍然如此，请重新加载页面。' },
    speakers: { title: '因错误未能区分各个声音。', cure: '请重试；若仍然如此，请重新加载页面。' },
  },
  modelChanged: { title: '模型已更换，先前的语音属于原来的模型。', cure: '请重新开始。' },
  tooLong: {
    title: (length) => `这段录音太长${length === null ? '' : `（${length}）`}。`,
    cure: (minutes) => `请截取此人说话的部分，最多 ${minutes} 分钟；半分钟就足够了。`,
  },
  importedFile: { title: '这不是声纹文件，或已损坏。', cure: '请选择本页保存的文件；若正是它，请重新复制。' },
  name: { title: '不能使用这个名称。', cure: '请使用一到约八十个字符，不要换行。' },
  ownModel: {
    manifest_invalid: {
      title: 'manifest.json 的内容不符合要求。',
      cure: '请更正下面指出的字段，或用训练程序重新导出模型。',
    },
    manifest_version: {
      title: 'manifest.json 采用了另一个格式版本。',
      cure: '请用与本页配套的训练程序重新导出模型。',
    },
    model_corrupt: {
      title: '该 .onnx 文件不是 manifest.json 所描述的文件。',
      cure: '请选择训练程序写入同一文件夹的两个文件。',
    },
    other: {
      title: '该模型无法在这里运行。',
      cure: '请检查其输入和输出是否与 manifest.json 中的名称一致。',
    },
    files: {
      title: '需要两个文件：manifest.json 和其中指明的 .onnx 文件。',
      cure: '请同时选择两者；训练程序会把它们写入同一文件夹。',
    },
    json: {
      title: '该 .json 文件无法按 JSON 读取。',
      cure: '请选择训练程序写在模型旁边的 manifest.json。',
    },
    size: { title: '该 .onnx 文件对浏览器来说太大。', cure: '请使用不超过 256 MB 的模型。' },
    kept: '原来使用的模型继续使用。',
  },
};
