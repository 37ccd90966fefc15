/** What can go wrong, each with its cure. Keys are the package's error codes, the page's activities, and faults of the page's own. */
const brokenModel = {
  title: 'The model on this server is damaged.',
  cure: 'Whoever runs the page has to copy the built files again, all of them.',
};

export const problems = {
  codes: {
    unsupported_format: {
      title: 'This is not a sound file that can be read here.',
      cure: 'WAV always works; MP3, M4A, OGG and FLAC work in most browsers.',
    },
    corrupt_data: {
      title: 'This sound file is damaged.',
      cure: 'Export or download it once more, or record again.',
    },
    truncated: {
      title: 'This sound file breaks off before its end.',
      cure: 'Download or copy it once more: part of it is missing.',
    },
    empty_audio: {
      title: 'There is no sound in this recording.',
      cure: 'Choose another file, or record with the microphone.',
    },
    non_finite_sample: {
      title: 'This sound file holds values that are not numbers.',
      cure: 'Export it again from the program that made it.',
    },
    too_short: {
      title: 'This recording is too short to examine.',
      cure: 'Use one with at least five seconds of speech.',
    },
    out_of_memory: {
      title: 'This recording is too long for the memory of this browser.',
      cure: 'Cut out half a minute in which the person speaks, and use that.',
    },
    model_not_found: {
      title: 'The model is missing on this server.',
      cure: 'Nothing can be compared without it. Whoever runs the page has to copy the built files again, all of them.',
    },
    model_corrupt: brokenModel,
    manifest_invalid: brokenModel,
    manifest_version: {
      title: 'The model belongs to another version of this page.',
      cure: 'Reload the page; if it stays like this, whoever runs it has to build it again.',
    },
    timeout: {
      title: 'This took too long and was stopped.',
      cure: 'Try again with a shorter recording, or close other programs.',
    },
    microphone_denied: {
      title: 'The microphone is not allowed.',
      cure: 'Allow it for this page in the address bar or in the system settings, then press Record again. Files work without it.',
    },
    microphone_missing: {
      title: 'No microphone was found.',
      cure: 'Plug one in, or close the program that uses it, and press Record again. Files work without it.',
    },
    microphone_lost: {
      title: 'The microphone was disconnected.',
      cure: 'Plug it in again and press Record, or choose a file.',
    },
    unsupported_environment: {
      title: 'This browser lacks something that the page needs.',
      cure: 'Use a current Firefox, Chrome, Edge or Safari, over https or on localhost.',
    },
    already_enrolled: {
      title: 'Somebody of this name is enrolled already.',
      cure: 'Choose another name.',
    },
    not_enrolled: {
      title: 'Nobody of this name is enrolled here.',
      cure: 'Choose somebody of the list; another tab may have deleted this person.',
    },
    gallery_corrupt: {
      title: 'The voiceprints that are stored in this browser are damaged.',
      cure: 'They cannot be read any more. Delete everything, under People; then bring a copy back, or enroll the people again.',
    },
    gallery_version: {
      title: 'These voiceprints were written by a newer version of this page.',
      cure: 'Reload the page to get the newest version.',
    },
    gallery_model: {
      title: 'These voiceprints belong to another model.',
      cure: 'Only recordings can be brought from one model to another: enroll the people again.',
    },
    wrong_key: {
      title: 'The passphrase does not fit.',
      cure: 'Enter the one with which the file was saved. Without it, its voiceprints cannot be read.',
    },
    storage_full: {
      title: 'The browser gives this page no more storage.',
      cure: 'Free some space on the device and try again; what was stored before is kept.',
    },
    storage_unavailable: {
      title: 'The storage of this browser cannot be used.',
      cure: 'Leave the private window or allow site data for this page, then reload.',
    },
    network: {
      title: 'A part of the page could not be loaded.',
      cure: 'Check the connection, then try again.',
    },
  },
  activities: {
    model: { title: 'The model could not be loaded.', cure: 'Reload the page. Nothing can be compared without it.' },
    microphone: {
      title: 'The microphone could not be opened.',
      cure: 'Check that no other program uses it, or choose a file.',
    },
    recording: {
      title: 'This recording could not be read.',
      cure: 'Choose another file, or record with the microphone.',
    },
    people: {
      title: 'The voiceprints could not be used.',
      cure: 'Try again; if it stays like this, reload the page.',
    },
    importing: {
      title: 'The file could not be brought in.',
      cure: 'Try again; if it stays like this, reload the page.',
    },
    comparison: {
      title: 'The comparison stopped with an error.',
      cure: 'Try again; if it stays like this, reload the page.',
    },
    speakers: {
      title: 'The voices could not be told apart because of an error.',
      cure: 'Try again; if it stays like this, reload the page.',
    },
  },
  modelChanged: {
    title: 'The model was changed, and the sentences so far belong to the one before.',
    cure: 'Please begin again.',
  },
  tooLong: {
    title: (length: string | null) => `This recording is too long${length === null ? '' : ` (${length})`}.`,
    cure: (minutes: number) => `Cut out up to ${minutes} minutes in which the person speaks; half a minute is plenty.`,
  },
  importedFile: {
    title: 'This is not a file of voiceprints, or it is damaged.',
    cure: 'Choose the file that this page saved; if it is that one, copy it once more.',
  },
  name: {
    title: 'This name cannot be used.',
    cure: 'Use at least one letter and at most about 80, without line breaks.',
  },
  ownModel: {
    manifest_invalid: {
      title: 'The manifest.json is not as it must be.',
      cure: 'Correct the field that is named here, or export the model again with the trainer.',
    },
    manifest_version: {
      title: 'The manifest.json follows another version of the format.',
      cure: 'Export the model again with the trainer that belongs to this page.',
    },
    model_corrupt: {
      title: 'The .onnx file is not the one that the manifest.json describes.',
      cure: 'Choose the two files that the trainer wrote into one folder.',
    },
    other: {
      title: 'This model does not run here.',
      cure: 'Check that its input and output are those that its manifest.json names.',
    },
    files: {
      title: 'Two files are needed: manifest.json and the .onnx file that it names.',
      cure: 'Choose both at once; the trainer writes them into one folder.',
    },
    json: {
      title: 'The .json file cannot be read as JSON.',
      cure: 'Choose the manifest.json that the trainer wrote beside the model.',
    },
    size: {
      title: 'The .onnx file is too large for a browser.',
      cure: 'Use a model of at most 256 MB.',
    },
    kept: 'The model that was in use stays in use.',
  },
};
