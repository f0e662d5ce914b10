from .errors import AuTfError as AuTfError, InputError as InputError
from .estimation.estimator import load_estimator as load_estimator
from .evaluation.protocols.paper_figures import figures as figures
from .faces.animation import Animation as Animation
from .faces.estimated import Readings as Readings, estimate as estimate
from .faces.expression import Expression as Expression
from .faces.expressive import Face as Face
from .faces.extracted import Extraction as Extraction, extract as extract
from .faces.gallery import write_gallery as write_gallery
from .faces.live import estimate_live as estimate_live, extract_live as extract_live
from .faces.model_sheets import face_model_preview as face_model_preview, face_model_sheets as face_model_sheets
from .faces.pairing import load_regressor as load_regressor
from .faces.presets import from_preset as from_preset
from .facs import (
    ACTION_UNITS as ACTION_UNITS,
    AU_NAMES as AU_NAMES,
    format_intensities as format_intensities,
    intensities_of as intensities_of,
)
from .fitting.fit import fit_photo as fit_photo
from .geometry.camera import Camera as Camera
from .morphable.coefficients import Coefficients as Coefficients
from .morphable.load import load_face_model as load_face_model
from .morphable.model import MorphableModel as MorphableModel
from .pictures.provenance.signing import sign as sign
from .pictures.provenance.verify import verify as verify
from .pipelines.augment import augment as augment
from .pipelines.augmentation.augmentation_config import Augmentation as Augmentation
from .pipelines.augmentation_curve import evaluate_augmentation as evaluate_augmentation
from .pipelines.cross_tool import evaluate_cross_tool as evaluate_cross_tool
from .pipelines.reproduction import reproduce as reproduce
from .pipelines.table1_component import evaluate_table1 as evaluate_table1
from .pipelines.table2_component import evaluate_table2 as evaluate_table2
from .pipelines.trained_estimators import train_estimator as train_estimator
from .pipelines.trained_generators import train_generator as train_generator, train_mixed as train_mixed
from .pipelines.trained_landmark_estimators import train_landmark_estimator as train_landmark_estimator
from .pipelines.trained_regressors import train_regressor as train_regressor
from .serving.catalogue import export as export
from .synthesis.generators import load_generator as load_generator
from .timeline import Timeline as Timeline, read_timeline as read_timeline
from .versions import show_versions as show_versions

__version__: str
