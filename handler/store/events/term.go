package events

import (
	"slices"
	"strconv"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// A Term is something that events have in common and can be found by. Texts that
// differ only in case are the same term.
type Term struct {
	letter letter
	value  string
}

// A letter says in an index key what a term is. Letters are stored, so they never
// change.
type letter byte

const (
	byID             letter = 'i'
	byUser           letter = 'u'
	byObject         letter = 'o'
	byFileName       letter = 'f'
	byLabel          letter = 'l'
	byDevice         letter = 'd'
	byIP             letter = 'p'
	byRecordType     letter = 't'
	byOperation      letter = 'a'
	byLabelEventType letter = 'e'
)

// OfUser is the term of the events with this UserId.
func OfUser(id string) Term { return textTerm(byUser, id) }

// OfObject is the term of the events with this ObjectId.
func OfObject(id string) Term { return textTerm(byObject, id) }

// OfFileName is the term of the events whose ObjectId ends in this file name.
func OfFileName(name string) Term { return textTerm(byFileName, name) }

// OfLabel is the term of the events with this label, current or old.
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

// ofID is the term of the events with this [audit.Record.Key].
func ofID(key string) Term { return Term{byID, key} }

func textTerm(l letter, text string) Term { return Term{l, audit.Fold(text)} }

func numberTerm(l letter, n int32) Term { return Term{l, strconv.Itoa(int(n))} }

// termsOf returns the terms of a record, each once.
func termsOf(r *audit.Record) []Term {
	terms := []Term{ofID(r.Key())}
	add := func(t Term) {
		if !slices.Contains(terms, t) { // a record has about ten
			terms = append(terms, t)
		}
	}
	addText := func(a audit.Attribute, term func(string) Term) {
		if text, ok := r.Text(a); ok {
			add(term(text))
		}
	}
	add(OfRecordType(r.RecordType))
	addText(audit.Operation, OfOperation)
	addText(audit.UserID, OfUser)
	addText(audit.ObjectID, OfObject)
	addText(audit.ObjectID, func(id string) Term { return OfFileName(audit.FileName(id)) })
	addText(audit.DeviceName, OfDevice)
	addText(audit.ClientIP, OfIP)
	addText(audit.SensitivityLabelID, OfLabel)
	addText(audit.OldSensitivityLabelID, OfLabel)
	if n, ok := r.Int(audit.LabelEventType); ok {
		add(OfLabelEventType(n))
	}
	return terms
}
