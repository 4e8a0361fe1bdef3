package journal

import "log/slog"

// ID is the MESSAGE_ID of a kind of event: 128 random bits in lower-case
// hexadecimal (systemd.journal-fields(7)). `journalctl MESSAGE_ID=…` finds the
// events of one kind, and `journalctl -x` explains each of those below with the
// text that packaging/systemd/gind.catalog has for it.
type ID string

// The events of gind. After each stand the attributes that its text in the
// catalog shows; one that is missing leaves a gap in the text, no more.
const (
	// The life of the process.

	// EventStarted: the process runs (version, config).
	EventStarted ID = "e0f49690291d416d92069a90c3a59af2"
	// EventReady: every listener accepts and every ready-check passed (listeners, took).
	EventReady ID = "9ac396895bed4611b250a251e2cdcc90"
	// EventStartFailed: the process gives up before it was ready (error).
	EventStartFailed ID = "db58026c3c3f4c0bbabe3940887b511f"
	// EventStartWaits: starts have failed, and this one waits before it begins (pause, start, failed, reason).
	EventStartWaits ID = "38a2d5fad3cd4b218869d793b18ef1bb"
	// EventCrashLoop: so many starts have failed in a row that somebody is told; it goes on
	// trying (failed, since, least, most, reason).
	EventCrashLoop ID = "1282098fc4e7479c95753b296ff8e05d"
	// EventCrashLoopOver: the service is ready again, and has been for a while (failed).
	EventCrashLoopOver ID = "b6c2d096956f42e48b81a5ed679688c3"
	// EventStopped: the process ends as it was asked to (uptime).
	EventStopped ID = "4b5035266c5d416388961ce7d042e3a6"
	// EventCrashFound: the process before this one did not end as it was asked to
	// (previous_pid, kind, reason, place, crash, dump).
	EventCrashFound ID = "95357c235c3b4f9c929bfe105440137c"

	// Configuration.

	// EventReloaded: a new configuration is in force (changed, config_version).
	EventReloaded ID = "f8b4a0dbd2224fee928a9030de8723bf"
	// EventReloadRefused: a new configuration is bad and the old one stays (error).
	EventReloadRefused ID = "0eb79493d21e41ffa67e6d6ee987b5fb"
	// EventRolledBack: the configuration before the last one is in force again (config_version, reason).
	EventRolledBack ID = "cee08c2cd5374ea0982e54f973ad49c3"

	// Drain.

	// EventDrainBegun: the service is about to stop and sends new traffic elsewhere (in_flight).
	EventDrainBegun ID = "49c3eccccf3a407a8b4730d00e7e076e"
	// EventDrained: every request was answered (took).
	EventDrained ID = "6b205911455f48769d1bdbce3dc12bf9"
	// EventRequestCutOff: a request was not answered before the drain's time was up (method, path, request_id).
	EventRequestCutOff ID = "c7187b61633a4bedba44c1120137fa90"

	// Connections that outlive a process.

	// EventParked: idle connections wait for the next process (connections).
	EventParked ID = "f3d256bccbe048188e7ea7894caae259"
	// EventAdopted: parked connections are served again (connections).
	EventAdopted ID = "d50a11e2d1c34bfb97053c7287de21ad"
	// EventParkRefused: connections could not be parked or adopted, and were closed (connections, reason).
	EventParkRefused ID = "404651923d3e40c59e6930f260476a0d"

	// Upgrade.

	// EventUpgradeBegun: a successor is started (program).
	EventUpgradeBegun ID = "fd510f44430345d4ac57193f9fdd8c8c"
	// EventUpgraded: the successor serves (successor_pid).
	EventUpgraded ID = "4997f6cc5e1643c7846b341edc66a768"
	// EventUpgradeFailed: the successor was not ready in time or died; the old process serves on (error).
	EventUpgradeFailed ID = "a31aec32ab4f47ef8bdc641819524d01"

	// EventTrialPassed: a new program has outlived its trial (program).
	EventTrialPassed ID = "0f8fbd0537924d1385223b434b4a36b6"
	// EventTrialFailed: a new program has ended within its trial, and the one before serves (program, before, reason).
	EventTrialFailed ID = "752ed4d753eb467f8fc970ed18e64468"

	// What goes wrong while serving.

	// EventPanic: a handler panicked; its request was answered with 500 (method, path, request_id, panic).
	EventPanic ID = "609eeaee702a4408aa8240200ce12382"
	// EventTaskFailed: background work ended with an error or a panic (error).
	EventTaskFailed ID = "58a56812c34d42ea8faf88e18e17740b"
	// EventCheckFell: a check of health fails (check, kind, error).
	EventCheckFell ID = "06cc82a4ab524ba6883f768ab7f43c16"
	// EventCheckRose: a check of health passes again (check, kind).
	EventCheckRose ID = "c456112ae7784a989d8273c2a3352ca9"
	// EventWatchdogFailing: the probe that feeds the watchdog is not answered (error,
	// open_requests, goroutines).
	EventWatchdogFailing ID = "054c7db553fb469d8c7e8d627b80ea4a"
	// EventRestartAsked: a live-check fails, and systemd is asked to restart the
	// service at once (error, open_requests, goroutines).
	EventRestartAsked ID = "d0bc0ee7037842d2ab30704160ffc2bb"
	// EventMemoryLow: the limit of memory is near (error, open_requests, goroutines).
	EventMemoryLow ID = "642b9c8131694801ab8b1882590b7c52"

	// Supervised programs.

	// EventProgramCrashed: a supervised program ended as it should not (program, exit, restart_in).
	EventProgramCrashed ID = "47821e0efebb4fc4b5cc6261a89ea53f"
	// EventProgramHung: a supervised program does not work any more and is ended (program, reason).
	EventProgramHung ID = "ee86cf4f8a30498f973d94065073de9f"
	// EventProgramPaused: a supervised program crashed too often and is not restarted any more (program, crashes, window, last).
	EventProgramPaused ID = "e67a6163a360403dbe4917f81d136285"
	// EventProgramReplaced: a new process of a supervised program has taken over (program, old_pid).
	EventProgramReplaced ID = "dbb717a6ab9a4fe09755b2848150ee53"
	// EventProgramReplaceFailed: a new process of a supervised program was not ready; the old one goes on (program, exit).
	EventProgramReplaceFailed ID = "b842136986ad4ba09dd996d81945baac"

	// Logging itself; this package logs these.

	// EventInherited: a process before this one ended without a word, and what was in
	// its ring follows (previous_pid, records, lost).
	EventInherited ID = "61fc9f8d3780402099faad50acf2669c"
	// EventRingInMemory: what is logged last will go away with a process that ends
	// without a word (error).
	EventRingInMemory ID = "58e8ffe101b240d8ac2a7160565fd734"
	// EventBehind: the target does not take records; they spill (target, error, files).
	EventBehind ID = "e3969b9ec1ef44a288e46f80b4511ba5"
	// EventBack: the target takes records again (target, spilled, unconfirmed, lost, from, to, files, replay).
	EventBack ID = "37cf56b6755c4b729ec0ab863a964aae"
	// EventReplayed: the spilled records are in the journal (count, error).
	EventReplayed ID = "4e5732ec880d40ed9aecb69f3a3d747a"
	// EventGoverned: records beyond the rate went to the files alone (governed, rate, files).
	EventGoverned ID = "9402f97cd7f74697b14299ea439c86d3"
	// EventLost: records were lost, since neither the target nor the files took them (lost, total).
	EventLost ID = "05a080d939ae473092286b7d2ddb3777"
	// EventMirrorFailing: the files cannot be written (error, dir, in_memory).
	EventMirrorFailing ID = "45a5166a7b714ed494776a945ffe9c6f"
	// EventMirrorBack: the files can be written again (error, dir, in_memory, missed).
	EventMirrorBack ID = "d129a4a00d5c4651b9d6d024f90cb17b"
	// EventLevelChanged: the least level was changed at run time (from, to).
	EventLevelChanged ID = "3805c2edb0604acab52475bb6cd47537"
)

// messageIDKey is the attribute that becomes the field MESSAGE_ID.
const messageIDKey = "message_id"

// Message is the attribute that gives a record its MESSAGE_ID:
//
//	log.Info("ready", journal.Message(journal.EventReady), "took", took)
//
// It does so only outside of groups.
func Message(id ID) slog.Attr { return slog.String(messageIDKey, string(id)) }
