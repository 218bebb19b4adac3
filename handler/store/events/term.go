package events

import (
	"strconv"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// A Term is something that events have in common and can be found by. The
// terms of a text are those of all its spellings in upper and lower case.
type Term struct {
	kind  kind
	value string
}

// A kind says what a term is. Its letter is part of keys.
type kind byte

const (
	byID             kind = 'i'
	byUser           kind = 'u'
	byObject         kind = 'o'
	byFileName       kind = 'f'
	byLabel          kind = 'l'
	byDevice         kind = 'd'
	byIP             kind = 'p'
	byRecordType     kind = 't'
	byOperation      kind = 'a'
	byLabelEventType kind = 'e'
)

// OfUser is the term of the events with this UserId.
func OfUser(id string) Term { return textTerm(byUser, id) }

// OfObject is the term of the events with this ObjectId.
func OfObject(id string) Term { return textTerm(byObject, id) }

// OfFileName is the term of the events whose ObjectId has this last segment.
func OfFileName(name string) Term { return textTerm(byFileName, name) }

// OfLabel is the term of the events with this label, now or before.
func OfLabel(id string) Term { return textTerm(byLabel, id) }

// OfDevice is the term of the events with this DeviceName.
func OfDevice(name string) Term { return textTerm(byDevice, name) }

// OfIP is the term of the events with this ClientIP.
func OfIP(address string) Term { return textTerm(byIP, address) }

// OfRecordType is the term of the events of this record type.
func OfRecordType(t audit.RecordType) Term { return numberTerm(byRecordType, int32(t)) }

// OfOperation is the term of the events with this Operation.
func OfOperation(name string) Term { return textTerm(byOperation, name) }

// OfLabelEventType is the term of the events with this LabelEventType.
func OfLabelEventType(n int32) Term { return numberTerm(byLabelEventType, n) }

// ofID is the term of the events with this key.
func ofID(key string) Term { return Term{byID, key} }

func textTerm(k kind, text string) Term { return Term{k, audit.Fold(text)} }

func numberTerm(k kind, n int32) Term { return Term{k, strconv.Itoa(int(n))} }

// terms are all terms of a record, each once.
func terms(r *audit.Record) []Term {
	list := []Term{ofID(r.Key()), OfRecordType(r.RecordType)}
	add := func(a audit.Attribute, term func(string) Term) {
		if text, ok := r.Text(a); ok {
			list = append(list, term(text))
		}
	}
	add(audit.Operation, OfOperation)
	add(audit.UserID, OfUser)
	add(audit.ObjectID, OfObject)
	add(audit.ObjectID, func(id string) Term { return OfFileName(audit.FileName(id)) })
	add(audit.DeviceName, OfDevice)
	add(audit.ClientIP, OfIP)
	add(audit.SensitivityLabelID, OfLabel)
	add(audit.OldSensitivityLabelID, OfLabel)
	if n, ok := r.Int(audit.LabelEventType); ok {
		list = append(list, OfLabelEventType(n))
	}
	return distinct(list)
}

// distinct drops what is there already; the lists are short.
func distinct(terms []Term) []Term {
	kept := terms[:0]
next:
	for _, t := range terms {
		for _, k := range kept {
			if k == t {
				continue next
			}
		}
		kept = append(kept, t)
	}
	return kept
}
